"""Runs and their folders by the command: nothing is lost, all can be compared."""

import dataclasses
import json

import numpy as np
import pytest
from conftest import QUICK, assert_one_line, contents
from test_report_page import write_run

from tfae import recipes
from tfae.cli import detect_train, progress, summary, train
from tfae.locks import locked


def unfinish(folder, **settings):
    """An unfinished training with one epoch behind it."""
    folder = folder / "unfinished"
    folder.mkdir(parents=True)
    (folder / "settings.json").write_text(json.dumps(settings))
    (folder / "history.csv").write_text("epoch,loss\n1,2.0\n")


def test_a_trained_model_is_not_lost(call_cli, tmp_path):
    write_run(tmp_path / "saved_models" / "leaky_relu_digits")
    before = contents(tmp_path)
    for options in ((), ("--data", "other"), ("--seed", 7)):
        result = call_cli(*QUICK, *options)
        assert_one_line(result, "holds a trained model", "--overwrite", "--output")
    assert contents(tmp_path) == before


def test_a_run_on_other_data_is_not_overwritten_by_one_on_those_of_the_recipe(
    call_cli, tmp_path
):
    write_run(tmp_path / "run", data="mine.npy")
    before = contents(tmp_path)
    result = call_cli(*QUICK, "--output", "run", "--overwrite")
    assert_one_line(result, "a run on mine.npy", "train on digits", "Give --data")
    assert contents(tmp_path) == before


def test_an_unfinished_training_is_not_lost(call_cli, tmp_path):
    unfinish(tmp_path / "run")
    before = contents(tmp_path)
    result = call_cli(*QUICK, "--output", "run")
    assert_one_line(result, "unfinished training", "--resume", "--overwrite")
    assert_one_line(call_cli(*QUICK, "--output", "run", "--resume", "--overwrite"))
    assert_one_line(call_cli("evaluate", "run"), "unfinished training", "--resume")
    with locked(tmp_path / "run" / "unfinished"):
        result = call_cli(*QUICK, "--output", "run", "--overwrite")
        assert_one_line(result, "in use by another process")
    assert contents(tmp_path) == before


def test_resume_looks_for_a_run_before_it_reads_data(call_cli, monkeypatch):
    monkeypatch.setattr("tfae.datasets.read", None)  # which would be called
    result = call_cli(*QUICK, "--resume")
    assert_one_line(result, "no unfinished training", "Leave --resume out")


def test_resume_of_another_recipe_is_refused(call_cli, tmp_path):
    unfinish(tmp_path / "run", name="sparse_digits", epochs=7)
    result = call_cli(*QUICK, "--output", "run", "--resume")
    assert_one_line(result, "a run of sparse_digits", "Received: leaky_relu_digits")


@pytest.mark.usefixtures("eager", "no_pictures")
def test_a_run_is_resumed_with_its_settings_and_trained_on(call_cli, tmp_path):
    options = (*QUICK, "--set", "decay=none", "--output", "run", "--seed", 4)
    assert call_cli(*options).returncode == 0
    name = QUICK[1]
    again = ("train", name, "--output", "run", "--resume")
    result = call_cli(*again)
    assert "2 epochs in" in result.stdout, result.stderr
    result = call_cli(*again, "--epochs", 1)
    assert_one_line(result, "has had 2 epochs already", "--epochs 1")
    result = call_cli(*again, "--epochs", 3, "--set", "activation=tanh")
    assert_one_line(result, "other settings")
    result = call_cli(*again, "--epochs", 3, "--json", "--quiet")
    found = json.loads(result.stdout)
    assert found["epochs"] == 3
    assert found["settings"]["seed"] == 4
    assert found["settings"]["batch_size"] == 500
    assert call_cli(*again, "--quiet").stdout == ""


def test_a_decayed_run_is_not_trained_on(call_cli, trained):
    options = (QUICK[0], QUICK[1], "--output", trained[0], "--resume", "--epochs", 9)
    words = ("cannot be trained on", "learning rate decays", "Use --overwrite")
    assert_one_line(call_cli(*options), *words)


@pytest.mark.slow
@pytest.mark.usefixtures("eager", "no_pictures")
def test_a_poor_model_is_warned_of(call_cli, tmp_path):
    np.save(tmp_path / "mine.npy", np.random.default_rng(0).random((60, 5)))
    options = ("--data", "mine.npy", "--set", "hidden_units=4,2", "--batch-size", 50)
    result = call_cli(*QUICK, *options, "--verbose")
    assert result.returncode == 0, result.stderr
    assert result.stderr.startswith("Warning: The test error")
    assert "above that of" in result.stderr
    assert "valid_squared_error" in result.stdout
    assert "wrote saved_models/leaky_relu_digits/model.keras" in result.stdout


@pytest.mark.parametrize(
    ("figures", "words"),
    [
        ({"test_mse": 3, "mean_test_mse": 2, "pca_test_mse": 1}, "of the mean of the"),
        ({"test_mse": 1.5, "mean_test_mse": 2, "pca_test_mse": 1}, "that of PCA"),
        ({"test_mse": 1, "mean_test_mse": 2, "pca_test_mse": 1}, None),
        ({"test_nll": 1}, None),
    ],
    ids=str,
)
def test_an_error_is_compared_with_that_of_simpler_models(figures, words):
    found = summary.warnings_of({"figures": figures})
    assert [words in one for one in found] == ([True] if words else [])


@pytest.mark.parametrize(
    ("epochs", "printed"),
    [(150, [30, 60, 90, 120, 150]), (3, [1, 2, 3]), (1, [1])],
    ids=str,
)
def test_a_pipe_gets_a_few_lines_of_progress(capsys, epochs, printed):
    lines = progress.Lines(epochs)
    for total in (epochs, 7):  # and one line for what is trained before or after
        lines.set_params({"epochs": total})
        for epoch in range(total):
            lines.on_epoch_end(epoch, {"loss": 1.0, "val_loss": 2.0, "kl": 3.0})
    found = capsys.readouterr().out.splitlines()
    assert found == [
        f"epoch {epoch}/{total}  loss 1  val_loss 2"
        for epoch, total in [*((one, epochs) for one in printed), (7, 7)]
    ]


def test_a_terminal_gets_one_bar_for_all_epochs(monkeypatch, capsys):
    monkeypatch.setenv("FORCE_COLOR", "1")
    bar = progress.Bar()
    bar.set_params({"epochs": 2, "steps": 4})
    bar.on_train_begin()
    for epoch in range(2):
        bar.on_epoch_begin(epoch)
        bar.on_train_batch_end(1)
        bar.on_epoch_end(epoch, {"loss": 0.125})
    bar.on_train_end()
    assert "loss 0.125" in capsys.readouterr().out


def test_runs_are_compared_in_a_table(call_cli, tmp_path):
    write_run(tmp_path / "saved_models" / "one")
    write_run(tmp_path / "saved_models" / "two [bold]", data="[red]", seed=8)
    unfinish(tmp_path / "saved_models" / "three", name="sparse_digits", data="digits")
    (tmp_path / "saved_models" / "damaged").mkdir()
    (tmp_path / "saved_models" / "damaged" / "metrics.json").write_text("[]")
    result = call_cli("runs")
    lines = result.stdout.splitlines()
    assert lines[4:6] == ["", "Settings that differ from those of the recipe:"]
    assert [line.split(":")[0] for line in lines[6:]] == ["one", "two [bold]"]
    assert lines[1].split()[:5] == ["one", "digits", "2", "mse", "0.25"]
    assert "unfinished" in lines[2]
    assert "two [bold]" in lines[3] and "[red]" in lines[3]
    rows = json.loads(call_cli("runs", "saved_models", "--json").stdout)
    assert [row["run"] for row in rows] == ["one", "three", "two [bold]"]
    assert [row["seed"] for row in rows] == [3, None, 8]
    assert [row["finished"] for row in rows] == [True, False, True]


@pytest.mark.parametrize("epochs", ["NaN", "Infinity", "1" + "0" * 400, '"many"'])
def test_runs_leaves_out_what_is_no_number(call_cli, tmp_path, epochs):
    file = write_run(tmp_path / "saved_models" / "one") / "metrics.json"
    text = file.read_text()
    assert text.count('"epochs": 2,') == 1
    file.write_text(text.replace('"epochs": 2,', f'"epochs": {epochs},'))
    line = call_cli("runs").stdout.splitlines()[1]
    assert line.split()[:4] == ["one", "digits", "mse", "0.25"]
    (row,) = json.loads(call_cli("runs", "--json").stdout)
    assert row["epochs"] is None


def change(folder, **figures):
    """Replaces the figures of a run."""
    found = json.loads((folder / "metrics.json").read_text())
    (folder / "metrics.json").write_text(json.dumps({**found, "figures": figures}))


def test_runs_shows_settings_and_the_units_of_errors(call_cli, tmp_path):
    recipe = recipes.get("leaky_relu_digits")
    settings = {**recipe.arguments, "hidden_units": [32, 4]}
    runs = tmp_path / "saved_models"
    write_run(runs / "a", seed=0)
    write_run(runs / "b", arguments=settings, learning_rate=0.5, scaling="log")
    write_run(runs / "c", data="mine.csv", seed=0)
    write_run(runs / "d", data="mine.csv", seed=0, reading={"window": 8})
    write_run(runs / "e", name="detector_wine", seed=0)
    change(runs / "e", test_mse=9.0, auroc=0.75)
    write_run(runs / "f", name="of_a_module", seed=0)
    change(runs / "f", test_nll=80.0)
    text = call_cli("runs").stdout
    results = [line.split("2  ", 1)[1][:18] for line in text.splitlines()[1:7]]
    assert [line.split("  ")[0].strip() for line in results] == [
        *("mse 0.25 (raw)", "mse 0.25 (scaled)", "mse 0.25 (scaled)"),
        *("mse 0.25 (raw)", "auroc 0.75", "nll 80"),
    ]
    assert "9" not in results[4]
    (line,) = (one for one in text.splitlines() if one.startswith("b: "))
    for word in ("hidden_units=[32, 4]", "learning_rate=0.5", "scaling=log", "seed=3"):
        assert word in line
    assert "batch_size" not in line
    assert not [one for one in text.splitlines() if one.startswith("a: ")]
    rows = json.loads(call_cli("runs", "--json").stdout)
    assert [row["units"] for row in rows[:5]] == ["raw", *2 * ["scaled"], "raw", None]


def test_runs_says_how_to_get_one(call_cli, tmp_path):
    assert_one_line(call_cli("runs"), "saved_models does not exist", "tfae train")
    (tmp_path / "empty").mkdir()
    assert_one_line(call_cli("runs", "empty"), "holds no runs", "tfae train")


@pytest.mark.slow
def test_evaluate_compares_models(call_cli, trained):
    folder, _ = trained
    figures = json.loads((folder / "metrics.json").read_text())["figures"]
    result = call_cli("evaluate", folder, folder / "model.keras")
    assert result.returncode == 0, result.stderr
    (row,) = (line for line in result.stdout.splitlines() if " mse " in line)
    assert row.count(f"{figures['test_mse']:.6g}") == 2
    one, two = json.loads(
        call_cli("evaluate", folder, folder / "model.keras", "--json").stdout
    )
    assert one["figures"] == two["figures"]
    assert one["data"] == "digits"


@pytest.mark.parametrize("command", ["train", "detect_train"])
def test_what_is_not_given_stays_that_of_the_recipe(command, monkeypatch, tmp_path):
    found = []
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(train, "run", lambda *told: found.append(told[0]))
    (tmp_path / "mine.csv").write_text("a\n1\n")
    call = {
        "train": lambda **told: train.train("detector_faults", **told),
        "detect_train": lambda data="faults", **told: detect_train.train(
            data, "detector_faults", **told
        ),
    }[command]
    usual = recipes.get("detector_faults")
    call()
    assert found.pop() == usual
    call(data="mine.csv", epochs=3)
    assert found.pop() == dataclasses.replace(
        usual, data="mine.csv", validation=None, references=(), epochs=3
    )
    call(window=8)
    assert found.pop().reading == {"window": 8}
    unfinish(
        tmp_path / "saved_models" / "detector_faults",
        **{**usual.as_json(), "data": "mine.csv", "validation": 7},
    )
    call(data=str(tmp_path / "mine.csv"), window=32, resume=True)
    (resumed,) = found
    assert resumed.data == "mine.csv" and resumed.validation == 7
    assert resumed.reading == {"window": 32, "stride": 8}


def test_a_warning_names_settings_that_the_recipe_has():
    figures = {"test_mse": 3, "mean_test_mse": 2}
    settings = {"name": "leaky_relu_digits", "data": "digits"}
    (text,) = summary.warnings_of({"figures": figures, "settings": settings})
    for name in ("optimizer", "activation", "code_activation", "scaling=standard"):
        assert f"--set {name}" in text
    settings = {"name": "marginalized_digits", "data": "mine.csv"}
    (text,) = summary.warnings_of({"figures": figures, "settings": settings})
    assert "--set optimizer" in text
    assert "activation" not in text
    assert "scaling" not in text  # columns of a table are scaled
