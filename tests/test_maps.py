"""Maps of codes: what they keep, and what they cannot be made of."""

import sys

import numpy as np
import pytest
from conftest import assert_one_line

import tfae
from tfae.evaluation import maps, sne
from tfae.reporting import maps as reporting_maps

PACKAGES = {"opentsne": "openTSNE", "umap": "umap-learn"}
OURS = [name for name in maps.METHODS if name not in PACKAGES]


@pytest.fixture(scope="module")
def examples(digits):
    return digits.train.inputs[:200], digits.train.labels[:200]


@pytest.mark.parametrize("method", OURS)
def test_maps_keep_neighbourhoods_and_repeat(examples, method):
    inputs, labels = examples
    mapped = maps.project(inputs, method, seed=3)
    assert mapped.shape == (200, 2)
    kept = maps.kept(inputs, mapped)
    assert kept["trustworthiness"] > 0.75
    assert kept["continuity"] > 0.75
    assert maps.nearest_neighbour_error(mapped, labels) < 0.6
    np.testing.assert_array_equal(maps.project(inputs, method, seed=3), mapped)


def test_measures_tell_good_maps_from_bad(examples):
    inputs, labels = examples
    perfect = maps.kept(inputs, inputs)
    assert min(perfect.values()) > 0.9999  # of some examples as near as others
    noise = np.random.default_rng(0).standard_normal((200, 2))
    assert maps.kept(inputs, noise)["trustworthiness"] < 0.6
    assert maps.nearest_neighbour_error(noise, labels) > 0.8
    # Torn apart, neighbours in the map are neighbours still, but not the other way.
    line = np.linspace(0, 1, 100)[:, None]
    torn = maps.kept(line, (7 * line) % 1 + np.floor(7 * line) * 10, neighbours=5)
    folded = maps.kept(line, abs(line - 0.5), neighbours=5)
    assert torn["trustworthiness"] > torn["continuity"]
    assert folded["continuity"] > folded["trustworthiness"]


def test_the_nearest_neighbour_of_a_point_is_another():
    points = np.array([[0.0], [1], [10], [11], [100]])
    labels = [0, 0, 1, 2, 2]
    assert maps.nearest_neighbour_error(points, labels) == pytest.approx(2 / 5)


def test_the_slope_of_sne_is_that_of_finite_differences(examples, monkeypatch):
    found = {}

    def minimize(objective, start, **options):
        places = np.random.default_rng(0).normal(size=len(start))
        cost, slope = objective(places)
        for index in range(5):
            step = np.zeros(len(start))
            step[index] = 1e-2
            ends = [objective(places + sign * step)[0] for sign in (1, -1)]
            found[index] = slope[index], (ends[0] - ends[1]) / 2e-2
        found["cost"], found["places"] = cost, places
        raise StopIteration

    monkeypatch.setattr(sne, "minimize", minimize)
    inputs = examples[0][:40]
    with pytest.raises(StopIteration):
        sne.embed(inputs, inputs[:, :2], perplexity=8.0)
    places = found.pop("places").reshape(40, 2)
    cost = found.pop("cost")
    for slope, expected in found.values():
        assert slope == pytest.approx(expected, rel=1e-2, abs=1e-2)
    # The cost once more, in plain NumPy.
    distances = np.square(inputs[:, None] - inputs[None]).sum(axis=-1)
    wanted = np.array(tfae.affinities.conditional(distances, 8.0), "float64")
    gaps = np.square(places[:, None] - places[None]).sum(axis=-1)
    kernel = np.exp(-gaps) * ~np.eye(40, dtype=bool)
    kernel /= kernel.sum(axis=1, keepdims=True)
    apart = wanted > 1e-30
    expected = (wanted[apart] * np.log(wanted[apart] / kernel[apart])).sum()
    assert cost == pytest.approx(expected, rel=1e-4)


@pytest.mark.slow  # the packages compile themselves
@pytest.mark.parametrize("method", PACKAGES)
def test_methods_of_other_packages_work_or_name_them(examples, method, monkeypatch):
    inputs, _ = examples
    mapped = maps.project(inputs, method)
    assert maps.kept(inputs, mapped)["trustworthiness"] > 0.9
    module = {"opentsne": "openTSNE", "umap": "umap"}[method]
    monkeypatch.setitem(sys.modules, module, None)  # as if it were not installed
    with pytest.raises(ImportError, match=PACKAGES[method]):
        maps.project(inputs, method)


@pytest.mark.parametrize("method", ["pca", "lle", "laplacian", "sne", "tsne"])
def test_duplicates_are_mapped(method):
    inputs = np.repeat(np.random.default_rng(0).random((40, 6)), 3, axis=0)
    assert np.isfinite(maps.project(inputs, method)).all()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"method": "map"}, "`method` must be"),
        ({"perplexity": 40}, "perplexity=40 for 100 codes. Give at least 121 codes"),
        ({"method": "lle", "neighbours": 100}, "neighbours=100 for 100 codes"),
        ({"pca_first": 0}, "`pca_first` must be a positive integer"),
        ({"codes": np.full((10, 3), np.nan)}, "10 of 10 with NaN"),
        ({"codes": np.ones((10, 3))}, "10 equal ones"),
        ({"codes": np.ones((2, 3))}, "at least 3 codes. Received: 2"),
        ({"codes": np.ones((0, 3))}, "at least 3 codes. Received: 0"),
        ({"codes": np.array(["a", "b", "c"])}, "an array of numbers"),
        ({"seed": 2**33}, "`seed` must be at most"),
    ],
)
def test_what_cannot_be_mapped_is_refused(arguments, message):
    codes = np.random.default_rng(0).random((100, 5))
    with pytest.raises(ValueError, match=message):
        maps.project(**{"codes": codes, **arguments})


def test_sne_refuses_more_pairs_than_memory_holds():
    with pytest.raises(ValueError, match=r"at most 10,000 points\. Received: 10,001"):
        sne.embed(np.zeros((10_001, 2)), np.zeros((10_001, 2)))


@pytest.mark.parametrize("method", ["pca", "laplacian", "sne", "tsne"])
@pytest.mark.parametrize("scale", [1e-25, 1e20])
def test_tiny_and_huge_codes_are_mapped_alike(examples, method, scale):
    points = examples[0][:60]
    expected = maps.project(points, method, perplexity=10)
    found = maps.project(scale * points, method, perplexity=10)
    if method == "pca":
        expected = expected * scale
    kept = maps.kept(expected / np.abs(expected).max(), found / np.abs(found).max())
    assert kept["trustworthiness"] > 0.9  # t-SNE goes other ways by rounding alone


@pytest.mark.slow
def test_the_command_draws_maps_side_by_side(trained, call_cli, tmp_path):
    folder, _ = trained
    result = call_cli(
        *(
            "map",
            folder,
            folder / "model.keras",
            "--method",
            "pca",
            "--method",
            "lle",
            "--inputs",
        ),
        *("--count", 100, "--thumbnails", "--output", tmp_path),
    )
    assert result.returncode == 0, result.stderr
    assert "wrote" in result.stdout
    assert "Mapping inputs by lle …" in result.stdout
    assert "trustworthiness" in result.stdout
    with np.load(tmp_path / "maps.npz") as found:
        assert len(found) == 6
        assert {one.shape for one in found.values()} == {(100, 2)}
    assert (tmp_path / "figures" / "maps.png").stat().st_size > 10_000


def test_classes_are_drawn_by_their_names(examples):
    inputs, labels = examples
    part = tfae.datasets.Part(inputs, labels)
    names = tuple(f"digit {number}" for number in range(10))
    figure, _, rows = reporting_maps.draw(
        {"inputs": None}, part, ["pca"], label_names=names
    )
    bar = figure.axes[-1]
    shown = [text.get_text() for text in bar.get_yticklabels()]
    assert shown == sorted(names)
    assert 0 < rows[0]["nearest_neighbour_error"] < 1


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--method", "map"), ("method", "tsne")),
        (("--perplexity", "60", "--count", "100"), ("--perplexity 60 for 100 codes",)),
        (("--count", "0"), ("count",)),
        (("--data", "nowhere.npy"), ("nowhere.npy",)),
    ],
)
def test_the_command_refuses_in_one_line(trained, call_cli, arguments, words):
    assert_one_line(call_cli("map", trained[0], *arguments), *words)
