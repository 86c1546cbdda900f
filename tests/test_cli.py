"""The real command: what it does."""

import csv
import json
import signal
import subprocess
import time

import numpy as np
import processes
import pytest
from conftest import QUICK, TFAE

import tfae
from tfae import datasets
from tfae.export import warm_up


def history_of(folder):
    with (folder / "history.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def test_train_prints_five_lines_with_the_error_beside_pca(trained):
    folder, printed = trained
    figures = json.loads((folder / "metrics.json").read_text())["figures"]
    result, time, model, pictures, following = printed.splitlines()[-5:]
    assert f"test mse {figures['test_mse']:.6g}" in result
    assert f"PCA with the same code size {figures['pca_test_mse']:.6g}" in result
    assert "2 epochs in" in time
    assert model.endswith("model/model.keras")
    assert pictures.endswith("model/figures (4)")
    assert following.endswith("tfae open model")
    for name in ("model.keras", "metrics.json", "history.csv"):
        assert (folder / name).is_file()
    for name in ("reconstructions", "codes", "loss", "filters"):
        assert (folder / "figures" / f"{name}.png").stat().st_size > 1000


@pytest.mark.slow
@pytest.mark.usefixtures("eager")
def test_train_takes_settings(call_cli, tmp_path):
    settings = ["hidden_units=12,4", "tie_weights=true", "activation=tanh"]
    options = [word for setting in settings for word in ("--set", setting)]
    result = call_cli(*QUICK, *options, "--batch-size", 300, "--learning-rate", 0.01)
    assert result.returncode == 0, result.stderr
    model = tfae.load(tmp_path / "saved_models" / "leaky_relu_digits")
    config = model.get_config()
    assert config["hidden_units"] == [12, 4]
    assert config["tie_weights"] is True
    assert config["activation"] == "tanh"


@pytest.mark.usefixtures("eager")
def test_train_on_an_array_then_evaluate_all_of_another(call_cli, tmp_path):
    values = np.random.default_rng(0).random((60, 5))
    np.save(tmp_path / "mine.npy", values)
    np.save(tmp_path / "other.npy", values[:20])
    result = call_cli(*QUICK, "--data", "mine.npy", "--output", "out")
    assert result.returncode == 0, result.stderr
    result = call_cli("evaluate", "out", "--data", "other.npy")
    assert result.returncode == 0, result.stderr
    assert "all: 20" in result.stdout
    outputs = tfae.load(tmp_path / "out").predict(values[:20], verbose=0)
    (row,) = (line for line in result.stdout.splitlines() if " mse " in line)
    expected = np.mean((outputs - values[:20]) ** 2)
    assert float(row.split("│")[2]) == pytest.approx(expected, rel=1e-4)


@pytest.mark.usefixtures("eager")
def test_evaluate_repeats_the_figures_of_training(call_cli, trained):
    folder, _ = trained
    figures = json.loads((folder / "metrics.json").read_text())["figures"]
    for part in ("test", "valid"):
        result = call_cli("evaluate", folder, "--part", part)
        assert result.returncode == 0, result.stderr
        assert f"{figures[f'{part}_mse']:.6g}" in result.stdout


def test_plot_draws_into_another_folder(call_cli, trained, tmp_path):
    folder, _ = trained
    result = call_cli("plot", folder / "model.keras", "--output", "drawn")
    assert result.returncode == 0, result.stderr
    drawn = {path.name for path in (tmp_path / "drawn" / "figures").iterdir()}
    assert drawn == {"reconstructions.png", "codes.png", "loss.png", "filters.png"}


def test_export_is_checked_and_says_how_to_serve_and_call_it(call_cli, trained):
    folder, _ = trained
    result = call_cli("export", folder, "--name", "digits", "--config")
    assert result.returncode == 0, result.stderr
    version = folder.with_name("digits") / "1"
    for words in (
        f"wrote {version}",
        "checked: TensorFlow's C++ loader loads it",
        f"wrote {folder.parent / 'models.config'}",
        f"source={folder.with_name('digits')},target=/models/digits,readonly",
        "-e MODEL_NAME=digits tensorflow/serving:2.21",
        "tfae predict --url http://127.0.0.1:8501 --model digits",
    ):
        assert words in result.stdout
    requests = dict(warm_up.read(version))
    test = datasets.load("digits").test.inputs
    np.testing.assert_array_equal(requests["encode"]["inputs"], test[:8])
    result = call_cli("export", version, "--config")
    assert result.returncode == 0, result.stderr
    assert "is servable: " in result.stdout
    assert f"wrote {folder.parent / 'models.config'}" in result.stdout


@pytest.mark.usefixtures("eager")
@pytest.mark.slow
def test_several_models_are_drawn_together(call_cli, trained, tmp_path):
    folder, _ = trained
    result = call_cli("plot", folder, folder / "model.keras", "--output", "drawn")
    assert result.returncode == 0, result.stderr
    drawn = {path.name for path in (tmp_path / "drawn" / "figures").iterdir()}
    assert drawn == {"activations.png", "loss.png", "singular_values.png"}


@pytest.mark.slow
@pytest.mark.usefixtures("eager")
def test_probes_are_measured_where_asked_for(call_cli, trained, tmp_path):
    folder, _ = trained
    result = call_cli("evaluate", folder, "--probe")
    assert result.returncode == 0, result.stderr
    for figure in ("linear_svm_error", "jacobian_norm", "hoyer_sparsity"):
        assert figure in result.stdout
    title = "Probes, fitted to train and valid; of test"
    assert title in " ".join(result.stdout.split())
    np.save(tmp_path / "bare.npy", datasets.load("digits").test.inputs)
    result = call_cli("evaluate", folder, "--probe", "--data", "bare.npy")
    assert result.returncode == 0, result.stderr
    assert "has no labels: nothing is classified" in result.stdout
    assert "jacobian_norm" in result.stdout
    assert "linear_svm_error" not in result.stdout


@pytest.mark.slow
def test_killed_training_resumes_to_the_same_end(call_cli, tmp_path):
    options = [*QUICK, "--epochs", "5", "--set", "dropout=0.1", "--batch-size", "350"]
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    assert call_cli(*options, "--output", whole).returncode == 0
    arguments = [*options, "--output", killed]
    process, _ = processes.start(processes.command_killed_after, 3, tmp_path, arguments)
    process.join()
    assert process.exitcode == -signal.SIGKILL
    assert len(history_of(killed / "unfinished")) == 3
    assert not (killed / "model.keras").exists()
    result = call_cli(*arguments, "--resume")
    assert result.returncode == 0, result.stderr
    rows = history_of(killed)
    assert [row["epoch"] for row in rows] == ["1", "2", "3", "4", "5"]
    for row, expected in zip(rows, history_of(whole), strict=True):
        assert float(row["loss"]) == pytest.approx(float(expected["loss"]), rel=1e-3)
    tfae.load(killed)
    assert not (killed / "unfinished").exists()


@pytest.mark.slow  # of phases, and at any moment; by parts: test_pretrained_runs.py
def test_training_killed_in_a_phase_resumes_to_the_same_end(run_cli, tmp_path):
    # Two layers of 30 epochs each, and then the whole.
    options = ["greedy_digits", "--epochs", "63", "--batch-size", "350"]
    options += ["--set", "dropout=0.1", "--set", "passes=2"]
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    assert run_cli("train", *options, "--output", whole).returncode == 0
    command = [str(TFAE), "train", *options, "--output", str(killed)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, cwd=tmp_path)
    history = killed / "unfinished" / "history.csv"
    deadline = time.monotonic() + 120
    while not (history.is_file() and len(history.read_text().splitlines()) > 36):
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert 35 < len(history_of(history.parent)) < 60  # in the second phase
    assert not (killed / "model.keras").exists()
    result = run_cli("train", *options, "--output", killed, "--resume")
    assert result.returncode == 0, result.stderr
    rows = history_of(killed)
    assert [row["epoch"] for row in rows] == [str(epoch) for epoch in range(1, 64)]
    assert [float(row["layer"]) for row in rows] == [1] * 30 + [2] * 30 + [0] * 3
    for row, expected in zip(rows, history_of(whole), strict=True):
        assert float(row["loss"]) == pytest.approx(float(expected["loss"]), rel=1e-3)
    tfae.load(killed)
    assert not history.exists()


@pytest.mark.usefixtures("eager")
@pytest.mark.slow
def test_finetune_compares_few_labels(call_cli, trained, tmp_path):
    folder, _ = trained
    options = ["--labels", "20,100", "--seeds", 1, "--epochs", 5, "--freeze", 1]
    result = call_cli("finetune", folder, *options, "--output", "few")
    assert result.returncode == 0, result.stderr
    assert result.stdout.count("from scratch") == 3  # two runs and the table
    lines = (tmp_path / "few" / "few_labels.csv").read_text().splitlines()
    assert lines[0] == "labels,seed,pretrained,scratch"
    assert len(lines) == 3
    assert (tmp_path / "few" / "figures" / "few_labels.png").stat().st_size > 5000


def test_sample_draws_the_same_of_one_seed(call_cli, tmp_path):
    model = tfae.VariationalAutoencoder(*tfae.networks.variational(64, [16], 2))
    model.build((None, 64))
    model.save(tmp_path / "model.keras")
    options = ["model.keras", "--data", "digits", "--count", "5", "--seed", "3"]
    drawn = []
    for _ in range(2):
        result = call_cli("sample", *options, "--output", "out")
        assert result.returncode == 0, result.stderr
        drawn.append(np.load(tmp_path / "out" / "samples.npy"))
    np.testing.assert_array_equal(*drawn)
    np.testing.assert_allclose(drawn[0], model.sample(5, seed=3), atol=1e-6)
    assert (tmp_path / "out" / "figures" / "samples.png").stat().st_size > 1000
    assert "wrote out/samples.npy" in result.stdout
