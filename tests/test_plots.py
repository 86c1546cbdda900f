"""Pictures: what is drawn where."""

import numpy as np
import pytest

from tfae import plots


def tile(axis, row, column, height, width):
    """One picture of a mosaic, whose gaps are a fourteenth of the width or 1."""
    gap = max(1, width // 14)
    top, left = row * (height + gap), column * (width + gap)
    image = np.asarray(axis.images[0].get_array())
    return image[top : top + height, left : left + width]


def test_reconstructions_stand_under_their_originals(vectors):
    axis = plots.reconstructions(vectors, vectors / 2, (8, 8, 1)).axes[0]
    np.testing.assert_allclose(tile(axis, 0, 3, 8, 8), vectors[3].reshape(8, 8))
    np.testing.assert_allclose(tile(axis, 1, 3, 8, 8), vectors[3].reshape(8, 8) / 2)
    labels = [label.get_text() for label in axis.get_yticklabels()]
    assert dict(zip(axis.get_yticks(), labels, strict=True)) == {
        4.5: "original",
        13.5: "reconstruction",
    }


def test_vectors_without_an_image_shape_are_curves(vectors):
    figure = plots.reconstructions(vectors, vectors, None, count=4)
    assert len(figure.axes) == 8
    np.testing.assert_array_equal(figure.axes[2].lines[0].get_ydata(), vectors[2])


def test_each_term_has_its_curves():
    history = {"epoch": [1, 2], "loss": [3.0, 2.0], "reconstruction": [2.0, 1.5]}
    history["penalty"] = [1.0, 0.5]
    history |= {f"val_{name}": values for name, values in history.items()}
    del history["val_epoch"]
    figure = plots.loss_by_term(history)
    labels = [axis.get_ylabel() for axis in figure.axes]
    assert labels == ["loss", "reconstruction", "penalty"]
    np.testing.assert_array_equal(figure.axes[2].lines[0].get_ydata(), [1.0, 0.5])


def test_the_layers_of_a_pretraining_have_curves_of_their_own():
    nan = float("nan")
    history = {"layer": [1, 1, 2, nan], "loss": [4.0, 3.0, 9.0, 2.0]}
    history["val_loss"] = [nan, nan, nan, 2.5]  # layers trained ahead have none
    (axis,) = plots.loss_by_term(history).axes
    lines = {line.get_label(): line.get_xydata().tolist() for line in axis.lines}
    assert lines == {
        "layer 1, training": [[1, 4], [2, 3]],
        "layer 2, training": [[3, 9]],
        "whole, training": [[4, 2]],
        "whole, validation": [[4, 2.5]],
    }


def test_a_loss_of_one_term_is_drawn_once():
    history = {name: [2.0, 1.0] for name in ("loss", "reconstruction")}
    history |= {f"val_{name}": values for name, values in history.items()}
    assert [axis.get_ylabel() for axis in plots.loss_by_term(history).axes] == [
        "reconstruction"
    ]


@pytest.mark.parametrize(
    ("size", "labels"),
    [
        (1, ["code 1", "example"]),
        (2, ["code 1", "code 2"]),
        (3, ["code 1", "code 2", "code 3"]),
    ],
)
def test_narrow_codes_are_drawn_as_they_are(size, labels):
    codes = np.random.default_rng(0).normal(size=(30, size))
    axis = plots.code_scatter(codes).axes[0]
    shown = [axis.get_xlabel(), axis.get_ylabel()]
    shown += [axis.get_zlabel()] if size == 3 else []
    assert shown == labels


def test_wide_codes_are_projected_and_say_so():
    codes = np.random.default_rng(0).normal(size=(30, 9))
    axis = plots.code_scatter(codes).axes[0]
    assert axis.get_xlabel().startswith("component 1 of the codes (")


def test_the_colour_bar_names_the_labels_there_are():
    codes = np.random.default_rng(0).normal(size=(30, 2))
    labels = np.repeat([3, 5, 9], 10)
    bar = plots.code_scatter(codes, labels).axes[1]
    assert [tick.get_text() for tick in bar.get_yticklabels()] == ["3", "5", "9"]


@pytest.mark.parametrize("channels", [1, 3])
def test_largest_filters_come_first(channels):
    kernel = np.random.default_rng(0).normal(size=(4 * 5 * channels, 20))
    kernel[:, 7] *= 10
    axis = plots.filters(kernel, (4, 5, channels), count=18).axes[0]
    scale = 1 if channels == 1 else 2 * np.abs(kernel).max()
    offset = 0 if channels == 1 else 0.5
    order = np.argsort(-np.linalg.norm(kernel, axis=0))
    assert order[0] == 7
    for rank, place in ((0, (0, 0)), (15, (0, 15)), (17, (1, 1))):
        expected = kernel[:, order[rank]].reshape(4, 5, channels).squeeze()
        found = tile(axis, *place, 4, 5)
        np.testing.assert_allclose(found, offset + expected / scale)
    # Between pictures and where there are none, the white background shows.
    image = np.ma.filled(axis.images[0].get_array(), np.nan)
    for empty in (image[4], image[:, 5], tile(axis, 1, 2, 4, 5)):
        assert (np.isnan(empty) if channels == 1 else empty == 1).all()


def test_rows_of_examples_have_their_labels(vectors):
    rows = {"corrupted": vectors / 2, "denoised": vectors / 3, "clean": vectors}
    axis = plots.examples(rows, (8, 8, 1), "Denoising").axes[0]
    np.testing.assert_allclose(tile(axis, 1, 2, 8, 8), vectors[2].reshape(8, 8) / 3)
    assert [label.get_text() for label in axis.get_yticklabels()] == list(rows)


def test_histograms_show_shares_and_the_target():
    generator = np.random.default_rng(0)
    codes = {
        "plain": generator.random((50, 8)),
        "sparse": generator.random((50, 8)) / 9,
    }
    every, means = plots.activation_histograms(codes, target=0.1).axes
    labels = [text.get_text() for text in means.get_legend().get_texts()]
    assert set(labels) == {"plain", "sparse", "target 0.1"}
    for axis in (every, means):
        heights = sum(patch.get_height() for patch in axis.patches)
        assert heights == pytest.approx(2)  # each model's shares sum to 1


def test_singular_values_are_means_over_examples():
    spectra = {"wide": np.array([[4.0, 2.0], [2.0, 1.0]]), "narrow": np.ones((3, 2))}
    axis = plots.singular_values(spectra).axes[0]
    np.testing.assert_allclose(axis.lines[0].get_ydata(), [3.0, 1.5])
    assert [line.get_label() for line in axis.lines] == ["wide", "narrow"]


def test_a_grid_shows_each_example_in_its_place():
    values = np.arange(6)[:, None] * np.ones((6, 4)) / 5
    (axis,) = plots.grid(values, (2, 2, 1), columns=3).axes
    shown = axis.images[0].get_array()
    assert [shown[0, 3 * column] for column in range(3)] == pytest.approx([0, 0.2, 0.4])
    assert shown[3, 0] == pytest.approx(0.6)
    curves = plots.grid(values, columns=4)
    drawn = [axis.lines[0].get_ydata()[0] for axis in curves.axes if axis.lines]
    assert drawn == pytest.approx([0, 0.2, 0.4, 0.6, 0.8, 1])


def test_a_manifold_names_its_codes():
    codes = np.linspace(-2, 2, 5)
    values = np.repeat(np.arange(25)[:, None] / 25, 4, axis=1)
    (axis,) = plots.manifold(values, codes, (2, 2, 1)).axes
    labels = [label.get_text() for label in axis.get_yticklabels()]
    assert labels == ["-2.0", "-1.0", "0.0", "1.0", "2.0"]
    places = axis.get_yticks()
    assert places[0] > places[-1]  # the lowest value at the bottom
    shown = axis.images[0].get_array()
    assert shown[0, 0] == 0 and shown[-2, 0] == pytest.approx(20 / 25)


def test_two_ways_to_the_losses_are_drawn_with_their_difference():
    losses = {"one": [[4.0, 2.0], [3.0, 1.0]], "other": [[4.0, 2.5], [3.0, 1.0]]}
    differences = [[0.0, 0.25], [0.0, 0.0]]
    curves, below = plots.losses_by_step(losses, differences).axes
    drawn = [line.get_xydata().tolist() for line in curves.lines[:4]]
    assert drawn == [
        [[1, 4], [2, 2]],
        [[3, 3], [4, 1]],
        [[1, 4], [2, 2.5]],
        [[3, 3], [4, 1]],
    ]
    labels = [text.get_text() for text in curves.get_legend().get_texts()]
    assert labels == ["one", "other"]
    assert curves.lines[0].get_color() == curves.lines[1].get_color()
    assert curves.lines[0].get_color() != curves.lines[2].get_color()
    np.testing.assert_allclose(below.lines[0].get_xydata(), [[1, 0], [2, 0.25]])
    assert [axis.get_yscale() for axis in (curves, below)] == ["log", "log"]


def test_equal_losses_are_drawn_without_a_difference(tmp_path):
    losses = {name: [[1.0, -1.0]] for name in ("one", "other")}
    figure = plots.losses_by_step(losses, [[0.0, 0.0]])
    figure.savefig(tmp_path / "figure.png")
    assert [axis.get_yscale() for axis in figure.axes] == ["linear", "linear"]


def test_maps_have_the_colours_of_their_classes(vectors):
    labels = np.arange(64) % 3
    panels = {"one": vectors[:, 20:22], "other": vectors[:, 30:32]}
    figure = plots.maps(panels, labels, 2, vectors, (8, 8, 1))
    one, other, bar = figure.axes
    assert [axis.get_title() for axis in (one, other)] == ["one", "other"]
    np.testing.assert_array_equal(one.collections[0].get_offsets(), panels["one"])
    np.testing.assert_array_equal(other.collections[0].get_array(), labels)
    assert [text.get_text() for text in bar.get_yticklabels()] == ["0", "1", "2"]
    (frame,) = {
        tuple(box.patch.get_edgecolor())
        for box in one.artists
        if (box.xy == panels["one"][1]).all()
    }
    assert frame == tuple(one.collections[0].to_rgba([0, 1, 2])[labels[1]])
    assert len(plots.maps(panels).axes) == 2
    apart = plots.maps(panels, {"one": labels, "other": labels + 1}).axes
    assert apart[0].collections[0].get_array().max() == 2
    assert apart[1].collections[0].get_array().max() == 3


def test_precision_is_drawn_over_recall():
    curves = {"pixels": ([0.1, 1.0], [0.9, 0.3]), "codes": ([0.1, 1.0], [0.8, 0.5])}
    (axis,) = plots.precision_recall(curves).axes
    lines = {line.get_label(): line.get_ydata().tolist() for line in axis.lines}
    assert lines == {"pixels": [0.9, 0.3], "codes": [0.8, 0.5]}
