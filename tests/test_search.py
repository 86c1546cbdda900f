"""Search of settings: trials, what they choose, and a search that was killed."""

import csv
import dataclasses
import json
import shutil

import keras
import pytest
from conftest import assert_one_line, small_recipe

import tfae
from tfae import extras, recipes, training
from tfae.recipes import space as spaces
from tfae.training import searching

pytestmark = pytest.mark.usefixtures("eager", "no_pictures")
SPACE = {"learning_rate": {"low": 1e-4, "high": 1e-2}, "hidden_units": [[4], [16, 4]]}


@pytest.fixture
def recipe():
    return dataclasses.replace(small_recipe(), epochs=1)


def searched(recipe, folder, trials=2, **options):
    return training.search(recipe, folder, SPACE, trials, **options)


@pytest.mark.slow
def test_the_best_of_the_recipe_and_the_trials_is_found(recipe, digits, tmp_path):
    found = searched(recipe, tmp_path, 3, split=digits)
    assert [row["trial"] for row in found.rows] == ["recipe", "0", "1", "2"]
    assert found.best == min(found.rows, key=lambda row: row["score"])
    metrics = json.loads((found.folder / "metrics.json").read_text())
    assert metrics["figures"]["valid_loss"] == found.best["score"]
    for row in found.rows[1:]:
        run = json.loads(
            (tmp_path / "trials" / row["trial"] / "metrics.json").read_text()
        )
        chosen = run["settings"]
        assert chosen["learning_rate"] == row["settings"]["learning_rate"]
        assert chosen["arguments"]["hidden_units"] == row["settings"]["hidden_units"]
        assert 1e-4 <= chosen["learning_rate"] <= 1e-2
    report = json.loads((tmp_path / "search.json").read_text())
    assert report["finished"] and report["best"] == found.best
    with (tmp_path / "search.csv").open() as file:
        assert [row["trial"] for row in csv.DictReader(file)] == ["recipe", *"012"]
    assert (tmp_path / "figures" / "search.png").stat().st_size > 5_000


@pytest.mark.slow
def test_a_killed_search_goes_on(recipe, digits, tmp_path, monkeypatch):
    true, begun = searching.run, []

    def run(recipe, folder, *others):
        begun.append(folder.name)
        if begun == ["recipe", "0", "1"]:
            raise KeyboardInterrupt
        return true(recipe, folder, *others)

    monkeypatch.setattr(searching, "run", run)
    with pytest.raises(KeyboardInterrupt):
        searched(recipe, tmp_path, 3, split=digits)
    before = json.loads((tmp_path / "search.json").read_text())
    assert len(before["rows"]) == 2 and not before["finished"]
    with pytest.raises(ValueError, match=r"holds a search. Use resume=True"):
        searched(recipe, tmp_path, 3, split=digits)
    found = searched(recipe, tmp_path, 3, split=digits, resume=True)
    assert begun == ["recipe", "0", "1", "1", "2"]
    assert found.rows[:2] == before["rows"]
    assert [row["trial"] for row in found.rows] == ["recipe", *"012"]
    again = searched(recipe, tmp_path, 3, split=digits, resume=True)
    assert again.rows == found.rows and len(begun) == 5


@pytest.mark.slow
def test_a_trial_that_fails_is_told_and_the_others_go_on(recipe, digits, tmp_path):
    space = {"hidden_units": [[8], [10**9]]}
    found = training.search(recipe, tmp_path, space, 2, split=digits)
    failed = [row for row in found.rows if row["score"] is None]
    assert len(failed) == 1 and "cannot be built" in failed[0]["error"]
    assert len(found.rows) == 3


@pytest.mark.slow
def test_more_is_better_for_some_figures(recipe, digits, tmp_path):
    found = searched(recipe, tmp_path, 1, split=digits, objective="valid_psnr")
    assert found.best["score"] == max(row["score"] for row in found.rows)


def test_a_search_of_nothing_is_refused(recipe, digits, tmp_path, monkeypatch):
    with pytest.raises(ValueError, match=r"no setting 'hiden_units'\. Did you mean h"):
        training.search(recipe, tmp_path, {"hiden_units": [[4]]}, split=digits)
    with pytest.raises(ValueError, match="must be two numbers, the lower one first"):
        training.search(recipe, tmp_path, {"epochs": {"low": 3, "high": 1}})
    with pytest.raises(ValueError, match="must be a list of choices, or a range"):
        training.search(recipe, tmp_path, {"epochs": 3})
    with pytest.raises(ValueError, match="the test part must not choose"):
        searched(recipe, tmp_path, objective="test_loss")
    with pytest.raises(ValueError, match=r"no figure valid_auroc.*valid_mse"):
        searched(recipe, tmp_path / "a", split=digits, objective="valid_auroc")
    with pytest.raises(ValueError, match="There is no search in"):
        searched(recipe, tmp_path / "b", resume=True)
    searched(recipe, tmp_path / "c", 1, split=digits)
    other = tfae.datasets.mapped(digits, lambda inputs: inputs / 2)
    with pytest.raises(ValueError, match="differs in its data"):
        searched(recipe, tmp_path / "c", split=other, resume=True)
    with pytest.raises(ValueError, match="differs in its seed"):
        searched(recipe, tmp_path / "c", split=digits, resume=True, seed=1)
    monkeypatch.setitem(extras.MODULES["tune"], "absent", "the-package")
    with pytest.raises(ValueError, match="needs the extra `tune`"):
        searched(recipe, tmp_path)


@pytest.mark.parametrize(
    ("text", "space"),
    [
        ("32,8|64,16", [(32, 8), (64, 16)]),
        ("1e-4..1e-2", {"low": 1e-4, "high": 1e-2}),
        ("4..64", {"low": 4, "high": 64}),
        ("relu|none", ["relu", None]),
        ("[1,2]|[3]", [[1, 2], [3]]),
        ("5", [5]),
    ],
)
def test_spaces_are_read_from_texts(text, space):
    from tfae.cli.settings import parse_value

    assert spaces.parse(text, parse_value) == space


def test_every_recipe_has_a_space():
    for recipe in recipes.RECIPES.values():
        spaces.check(recipe, spaces.usual(recipe))


def test_wide_ranges_of_floats_are_logarithmic():
    assert spaces.is_logarithmic({"low": 1e-4, "high": 1e-2})
    assert not spaces.is_logarithmic({"low": 0.3, "high": 0.6})
    assert not spaces.is_logarithmic({"low": 1, "high": 100})
    assert not spaces.is_logarithmic({"low": 0.0, "high": 1.0})


@pytest.mark.slow
def test_the_command_prints_the_best_and_how_to_repeat_it(call_cli, tmp_path):
    command = ("tune", "leaky_relu_digits", "--epochs", 1, "--trials", 2)
    space = ("--set", "hidden_units=4,|16,4", "--set", "batch_size=200|500")
    result = call_cli(*command, *space)
    assert result.returncode == 0, result.stderr
    assert "the recipe" in result.stdout and "valid_loss" in result.stdout
    folder = tmp_path / "saved_models" / "leaky_relu_digits_tuned"
    best = json.loads((folder / "search.json").read_text())["best"]
    if best["trial"] == "recipe":
        assert "No trial is better than the recipe itself" in result.stdout
    (line,) = [one for one in result.stdout.splitlines() if one.startswith("again: ")]
    assert line.startswith("again: tfae train leaky_relu_digits")
    assert line.endswith("leaky_relu_digits_tuned_best")
    assert_one_line(call_cli(*command, *space), "holds a search", "--resume")
    result = call_cli(*command, *space, "--resume", "--json")
    assert json.loads(result.stdout)["best"] == best


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--set", "hiden_units=4|8"), ("no setting 'hiden_units'", "hidden_units")),
        (("--set", "hidden_units"), ("--set takes KEY=a|b|c",)),
        (("--set", "epochs=9..3"), ("the lower one first", "9..3")),
        (("--objective", "test_mse"), ("--objective", "test part must not choose")),
        (("--trials", 0), ("--trials must be a positive integer",)),
        (("--resume",), ("There is no search in",)),
    ],
)
def test_what_cannot_be_searched_is_one_line(call_cli, options, words):
    assert_one_line(call_cli("tune", "leaky_relu_digits", *options), *words)


def test_settings_of_a_run_do_not_depend_on_the_space(recipe, digits, tmp_path):
    tfae.run(recipe, tmp_path, digits, verbose=0)
    other = dataclasses.replace(recipe, space=SPACE)
    again = tfae.run(other, tmp_path, digits, verbose=0, resume=True)
    assert again.metrics["epochs"] == 1


@pytest.mark.slow
@pytest.mark.parametrize("error", [OSError("disk full"), TypeError("odd")])
def test_other_errors_end_the_search_and_it_goes_on(
    recipe, digits, tmp_path, monkeypatch, error
):
    true = searching.run

    def run(recipe, folder, *others):
        if folder.name == "0":
            raise error
        return true(recipe, folder, *others)

    with monkeypatch.context() as patch:
        patch.setattr(searching, "run", run)
        with pytest.raises(type(error), match=str(error)):
            searched(recipe, tmp_path, 1, split=digits)
    found = searched(recipe, tmp_path, 1, split=digits, resume=True)
    assert [row["trial"] for row in found.rows] == ["recipe", "0"]
    assert found.rows[1]["score"] is not None


@pytest.mark.slow
def test_a_wrong_objective_leaves_the_folder_free(recipe, digits, tmp_path):
    with pytest.raises(ValueError, match="no figure valid_mes"):
        searched(recipe, tmp_path, split=digits, objective="valid_mes")
    found = searched(recipe, tmp_path, 1, split=digits, objective="valid_mse")
    assert len(found.rows) == 2


@pytest.mark.slow
def test_settings_are_trained_once(recipe, digits, tmp_path):
    policy = keras.config.dtype_policy()
    space = {"batch_size": {"low": 400, "high": 401}, "hidden_units": [[4]]}
    found = training.search(recipe, tmp_path, space, 6, split=digits)
    told = [tuple(row["settings"].items()) for row in found.rows[1:]]
    assert 1 <= len(told) <= 2
    assert keras.config.dtype_policy() == policy


@pytest.mark.parametrize(
    "values",
    [
        {"low": -4, "high": 0},
        {"low": 1.5, "high": 8.0},
        {"low": 1, "high": float("inf")},
    ],
)
def test_impossible_ranges_are_refused_at_once(recipe, values):
    with pytest.raises(ValueError, match="batch_size"):
        spaces.check(recipe, {"batch_size": values})


@pytest.mark.slow
def test_a_damaged_file_of_the_search_is_named(recipe, digits, tmp_path):
    searched(recipe, tmp_path, 1, split=digits)
    oracle = tmp_path / "tuner" / "oracle.json"
    oracle.write_text(oracle.read_text()[:50])
    with pytest.raises(ValueError, match=r"tuner is damaged: .* Remove it, and resume"):
        searched(recipe, tmp_path, 2, split=digits, resume=True)
    shutil.rmtree(tmp_path / "tuner")
    found = searched(recipe, tmp_path, 2, split=digits, resume=True)
    assert len(found.rows) == 3
