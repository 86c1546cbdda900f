"""Folders that a command cannot write its files into are refused before it begins."""

import dataclasses
import tempfile

import pytest
from conftest import QUICK, assert_one_line

import tfae
from tfae import training
from tfae.locks import locked


def listed(folder):
    return sorted(path.relative_to(folder) for path in folder.rglob("*"))


def model_that_is_a_folder(run):
    (run / "model.keras").mkdir(parents=True)


def figures_that_are_a_file(run):
    run.mkdir()
    (run / "figures").write_text("mine")


def picture_that_is_a_folder(run):
    (run / "figures" / "codes.png").mkdir(parents=True)


def unfinished_that_is_a_link(run):
    (run.parent / "elsewhere").mkdir()
    run.mkdir()
    (run / "unfinished").symlink_to(run.parent / "elsewhere")


def unfinished_that_is_a_file(run):
    run.mkdir()
    (run / "unfinished").write_text("mine")


def figures_of_another_file_system(run):
    run.mkdir()
    (run / "figures").symlink_to(tempfile.mkdtemp(dir="/dev/shm"))


def run_that_is_a_file(run):
    run.write_text("mine")


@pytest.mark.parametrize(
    ("prepare", "words"),
    [
        (model_that_is_a_folder, "model.keras must be a file. Received: a folder"),
        (figures_that_are_a_file, "figures must be a folder within"),
        (picture_that_is_a_folder, "codes.png must be a file. Received: a folder"),
        (unfinished_that_is_a_link, "unfinished must be a folder within"),
        (unfinished_that_is_a_file, "unfinished must be a folder within"),
        (figures_of_another_file_system, "Received: a link"),
        (run_that_is_a_file, "run"),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_a_training_is_refused_before_it_begins(
    call_cli, recipe, tmp_path, monkeypatch, prepare, words
):
    monkeypatch.setattr(training.fitting, "fit", None)  # which would be called
    run = tmp_path / "run"
    prepare(run)
    before = listed(tmp_path)
    with pytest.raises((ValueError, OSError), match=words):
        tfae.run(recipe, run, verbose=0)
    assert_one_line(call_cli(*QUICK, "--output", run), words)
    assert listed(tmp_path) == before


@pytest.mark.parametrize(
    ("place", "command"),
    [
        ("few_labels.csv", ["finetune", "--labels", 20]),
        ("samples.npy", ["sample"]),
        ("figures/samples.png", ["sample"]),
        ("maps.npz", ["map"]),
        ("figures/maps.png", ["map"]),
        ("index.npz", ["index", "--output", "out/index.npz"]),
        ("model.keras", ["import-checkpoint", "--as", "auto"]),
        ("parity.json", ["compare", "--steps", 1]),
    ],
)
def test_other_commands_are_refused_as_early(
    call_cli, trained, tmp_path, place, command
):
    (tmp_path / "out" / place).mkdir(parents=True)
    name, *options = command
    source = "notebook_linear_pca" if name == "compare" else trained[0]
    if "--output" not in options:
        options += ["--output", "out"]
    result = call_cli(name, source, *options)
    assert_one_line(result, f"{place} must be a file. Received: a folder")
    assert result.stdout == ""


def test_of_two_trainings_into_one_folder_the_second_is_refused(
    call_cli, recipe, tmp_path, no_pictures, monkeypatch
):
    run = tmp_path / "run"
    original = training.fitting.fit

    def fit(*arguments, **options):
        with pytest.raises(BlockingIOError, match="in use by another process"):
            tfae.run(recipe, run, verbose=0)
        for resume in ([], ["--resume"]):
            second = call_cli(*QUICK, "--output", run, *resume)
            assert_one_line(second, "in use by another process")
        return original(*arguments, **options)

    # The second one never gets so far.
    monkeypatch.setattr(training.fitting, "fit", fit)
    tfae.run(recipe, run, verbose=0)
    assert tfae.load(run).built
    assert not (run / "unfinished").exists()


def test_a_lock_ends_with_its_block(tmp_path):
    with locked(tmp_path), pytest.raises(BlockingIOError), locked(tmp_path):
        pass
    with locked(tmp_path) as certain:
        assert certain


@pytest.mark.slow
def test_a_finished_run_is_what_resuming_it_returns(recipe, tmp_path, no_pictures):
    first = tfae.run(recipe, tmp_path, verbose=0)
    again = tfae.run(recipe, tmp_path, verbose=0, resume=True)
    assert again.metrics == first.metrics
    assert again.files == first.files
    other = dataclasses.replace(recipe, learning_rate=0.1)
    with pytest.raises(ValueError, match=r"other settings: learning_rate=0\.001"):
        tfae.run(other, tmp_path, verbose=0, resume=True)


@pytest.mark.slow
def test_files_of_an_earlier_run_do_not_stay_beside_a_new_one(recipe, tmp_path):
    patient = dataclasses.replace(recipe, pretraining={"epochs": 1, "cached": True})
    tfae.run(patient, tmp_path, verbose=0)
    assert (tmp_path / "pretraining.csv").exists()
    (tmp_path / "figures" / "mine.png").write_text("a picture of mine")
    for name in ("few_labels.csv", "report.html", "figures/samples.png"):
        (tmp_path / name).write_text("of the earlier model")
    plain = {**recipe.arguments, "tie_weights": True}
    tfae.run(dataclasses.replace(recipe, arguments=plain), tmp_path, verbose=0)
    names = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*")}
    assert "figures/mine.png" in names
    assert not {"pretraining.csv", "few_labels.csv", "report.html"} & names
    assert "figures/samples.png" not in names
