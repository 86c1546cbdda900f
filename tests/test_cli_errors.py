"""The command: one line for everything a user can get wrong."""

import json
import subprocess
import sys

import numpy as np
import processes
import pytest
from array_files import npy, npz
from conftest import QUICK, assert_one_line

# Layers with arguments that cannot be.
TWICE = {"class_name": "MaskingNoise", "config": {"rate": 2}}
MANY = {"class_name": "KSparse", "config": {"k": 500}}


def test_resume_refuses_other_settings(call_cli, tmp_path):
    unfinished = tmp_path / "out" / "unfinished"
    unfinished.mkdir(parents=True)
    (unfinished / "settings.json").write_text(json.dumps({"epochs": 9}))
    result = call_cli(*QUICK, "--output", "out", "--resume")
    assert_one_line(result, "other settings", "--epochs 9", "use --overwrite")


@pytest.mark.parametrize("text", ["[]", '{"epochs": '])
def test_resume_refuses_damaged_settings(call_cli, tmp_path, text):
    unfinished = tmp_path / "out" / "unfinished"
    unfinished.mkdir(parents=True)
    (unfinished / "settings.json").write_text(text)
    result = call_cli(*QUICK, "--output", "out", "--resume")
    assert_one_line(result, "settings.json", "damaged", "Use --overwrite")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["compare"], ["Give the name", "--all"]),
        (["compare", "notebook_tied", "--all"], ["Give the name", "--all"]),
        (["compare", "nothing"], ["nothing", "leaky_relu_stacked"]),
        (["compare", "notebook_tied", "--steps", "0"], ["--steps", "0"]),
        (["compare", "notebook_tied", "--seed", "-1"], ["--seed", "-1"]),
        (["compare", "notebook_tied", "--data", "no.npy"], ["no.npy"]),
        (["compare", "notebook_classifier", "--data", "points"], ["no labels"]),
        (["train", "leaky_relu_mnst"], ["leaky_relu_mnst", "Did you mean"]),
        (["train", "nothing"], ["nothing", "See `tfae list`"]),
        ([*QUICK, "--set", "units=3"], ["units", "hidden_units", "tie_weights"]),
        ([*QUICK, "--set", "hidden_units"], ["KEY=VALUE", "hidden_units"]),
        ([*QUICK, "--set", "hidden_units=many"], ["--set hidden_units=many"]),
        ([*QUICK, "--set", "activation=leaky"], ["activation", "leaky"]),
        ([*QUICK, "--set", "loss=squares"], ["loss", "squares"]),
        ([*QUICK, "--set", "dropout={[]:1}"], ["dropout", "{[]:1}"]),
        ([*QUICK, "--set", "hidden_units=100000000000000000,"], ["cannot be built"]),
        ([*QUICK, "--data", ""], ["--data must be a name", "--data ''"]),
        (["train", "sparse_digits", "--set", "activation=relu"], ["relu", "sigmoid"]),
        (["train", "sparse_digits", "--set", "target_activation=2"], ["(0, 1)", "2"]),
        (["train", "sparse_digits", "--set", "sparsity=-1"], ["--set sparsity=-1"]),
        (["train", "sparse_digits", "--batch-size", "1"], ["a batch of 1"]),
        (["train", "winner_take_all_digits", "--batch-size", "1"], ["a batch of 1"]),
        (
            ["train", "denoising_digits", "--set", f"corruption={TWICE}"],
            ["`rate`", "2"],
        ),
        (["train", "k_sparse_digits", "--set", f"winners={MANY}"], ["500", "100"]),
        (["train", "contractive_digits", "--set", "method=guess"], ["analytic"]),
        (["train", "contractive_digits", "--set", "contraction=-1"], ["-1", "Use 0"]),
        (["train", "marginalized_digits", "--set", "rate=1"], ["`rate`", "1"]),
        (["train", "marginalized_digits", "--set", "regularization=0"], ["singular"]),
        ([*QUICK, "--epochs", "0"], ["--epochs", "0"]),
        ([*QUICK, "--batch-size", "0"], ["--batch-size", "0"]),
        ([*QUICK, "--batch-size", "many"], ["--batch-size", "integer"]),
        ([*QUICK, "--learning-rate", "-1"], ["--learning-rate", "-1"]),
        ([*QUICK, "--learning-rate", "nan"], ["--learning-rate", "nan"]),
        ([*QUICK, "--seed", "-1"], ["--seed", "-1"]),
        ([*QUICK, "--data", "no_such_set"], ["no_such_set", "digits"]),
        ([*QUICK, "--data", "missing.npy"], ["missing.npy", "does not exist"]),
        ([*QUICK, "--data", "missing/folder"], ["missing/folder", "folder"]),
        ([*QUICK, "--resume"], ["no unfinished training", "Leave --resume out"]),
        (["train"], ["recipe"]),
        (["evaluate", "missing"], ["missing", "does not exist"]),
        (["plot", "missing"], ["missing", "does not exist"]),
        (["evaluate"], ["paths"]),
        (["nothing"], ["nothing"]),
        (["train", "--nothing"], ["--nothing"]),
    ],
    ids=lambda value: " ".join(value[-2:]) if isinstance(value, list) else None,
)
def test_what_is_wrong_is_said_in_one_line(call_cli, tmp_path, arguments, words):
    assert_one_line(call_cli(*arguments), *words)
    assert not any(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("name", "write", "words"),
    [
        ("empty.npy", lambda path: path.write_bytes(b""), ["empty or damaged"]),
        ("empty.npz", lambda path: path.write_bytes(b""), ["empty or damaged"]),
        ("text.npy", lambda path: path.write_text("1, 2, 3"), ["empty or damaged"]),
        ("cut.npz", lambda path: path.write_bytes(b"PK\3\4cut"), ["empty or damaged"]),
        ("rows0.npy", npy(np.zeros((0, 64))), ["at least 10 examples", "(0, 64)"]),
        ("pickled.npy", npy(np.array([{}, {}], dtype=object)), ["pickled objects"]),
        ("words.npy", npy(np.array([["a"]] * 20)), ["must hold numbers"]),
        ("nan.npy", npy(np.full((20, 4), np.nan)), ["80 NaN or infinite", "row 0"]),
        ("inf.npy", npy(np.full((20, 4), np.inf)), ["NaN or infinite"]),
        ("labels.npy", npy(np.arange(20)), ["one example a row", "(20,)", "Labels"]),
        ("range.npy", npy(np.linspace(-2, 2, 80).reshape(20, 4)), ["-2 to 2"]),
        ("other.npz", npz(pictures=np.zeros((20, 4))), ["pictures", "x_train"]),
        ("none.npz", npz(), ["no arrays"]),
        ("folder", lambda path: path.mkdir(), ["holds no images"]),
        ("notes.txt", lambda path: path.write_text("x"), ["neither a folder"]),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_data_that_cannot_be_used(call_cli, tmp_path, name, write, words):
    write(tmp_path / name)
    assert_one_line(call_cli(*QUICK, "--data", name), name, *words)
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_a_damaged_image_is_refused(call_cli, tmp_path):
    (tmp_path / "images").mkdir()
    (tmp_path / "images" / "one.png").write_bytes(b"\x89PNG cut short")
    result = call_cli(*QUICK, "--data", "images")
    assert_one_line(result, "images", "cannot be read")


def test_a_data_set_that_cannot_be_had(tmp_path):
    # A proxy where nothing listens stands for a machine without a network.
    nowhere = "http://127.0.0.1:9"
    variables = {"http_proxy": nowhere, "https_proxy": nowhere, "no_proxy": ""}
    variables["TFDS_DATA_DIR"] = str(tmp_path / "tfds")
    command = (*QUICK, "--data", "kmnist")
    result = processes.call(processes.command, tmp_path, *command, **variables)
    assert_one_line(result, "kmnist", "TFDS_DATA_DIR", "--data digits")
    assert not (tmp_path / "saved_models").exists()


def test_data_of_another_width_do_not_fit_a_trained_model(call_cli, trained, tmp_path):
    folder, _ = trained
    np.save(tmp_path / "wide.npy", np.zeros((20, 65)))
    for command in ("evaluate", "plot"):
        result = call_cli(command, folder, "--data", "wide.npy")
        assert_one_line(result, "(64,)", "(65,)", "wide.npy")


def test_output_must_be_writable(call_cli, tmp_path):
    (tmp_path / "file").write_text("here already")
    for arguments in (QUICK, ("plot", "file")):
        result = call_cli(*arguments, "--output", "file/below")
        assert_one_line(result, "file")
    assert (tmp_path / "file").read_text() == "here already"


def test_a_folder_without_write_permission(call_cli, tmp_path):
    result = call_cli(*QUICK, "--output", "/proc/saved_models")
    assert_one_line(result, "/proc/saved_models", "cannot be written to")


def test_a_damaged_model_is_refused(call_cli, trained, tmp_path):
    folder, _ = trained
    whole = (folder / "model.keras").read_bytes()
    for name, content in (("cut", whole[: len(whole) // 2]), ("empty", b"")):
        damaged = tmp_path / f"{name}.keras"
        damaged.write_bytes(content)
        result = call_cli("evaluate", damaged, "--data", "digits")
        assert_one_line(result, f"{name}.keras", "damaged")


def test_a_model_without_its_folder_needs_data(call_cli, trained, tmp_path):
    folder, _ = trained
    (tmp_path / "alone.keras").write_bytes((folder / "model.keras").read_bytes())
    assert_one_line(call_cli("evaluate", "alone.keras"), "alone.keras", "--data")


@pytest.mark.parametrize(
    "settings",
    [{"name": "x", "data": 5, "validation": None}, {"data": "digits"}, [1]],
    ids=str,
)
def test_metrics_of_another_kind_are_refused(call_cli, trained, tmp_path, settings):
    folder, _ = trained
    (tmp_path / "model.keras").write_bytes((folder / "model.keras").read_bytes())
    (tmp_path / "metrics.json").write_text(json.dumps({"settings": settings}))
    result = call_cli("evaluate", "model.keras")
    assert_one_line(result, "metrics.json", "not one of `tfae train`")


def test_evaluate_knows_its_parts(call_cli, trained):
    folder, _ = trained
    assert_one_line(call_cli("evaluate", folder, "--part", "half"), "half", "valid")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--labels", "many"], ["--labels", "many"]),
        (["--labels", "9"], ["at least that of the classes, 10"]),
        (["--labels", "5000"], ["5000 labels would take 500 of class 0"]),
        (["--labels", "20", "--freeze", "3"], ["--freeze", "from 1 to 1"]),
        (["--labels", "20", "--freeze", "top"], ["--freeze", "top"]),
        (["--labels", "20", "--seeds", "0"], ["--seeds", "0"]),
        (["--labels", "20", "--epochs", "0"], ["--epochs", "0"]),
        (["--labels", "20", "--learning-rate", "0"], ["--learning-rate", "0"]),
        (["--labels", "20", "--encoder-rate", "2"], ["--encoder-rate", "2"]),
    ],
    ids=str,
)
def test_fine_tunings_that_cannot_be(call_cli, trained, tmp_path, options, words):
    folder, _ = trained
    result = call_cli("finetune", folder, *options, "--output", tmp_path / "few")
    assert_one_line(result, *words)
    assert not any(tmp_path.iterdir())


def test_labels_are_needed_to_fine_tune(call_cli, trained, tmp_path):
    folder, _ = trained
    np.save(tmp_path / "bare.npy", np.random.default_rng(0).random((50, 64)))
    result = call_cli("finetune", folder, "--data", "bare.npy", "--labels", "10")
    assert_one_line(result, "bare.npy has no labels")


def test_only_generative_models_are_sampled(call_cli, trained):
    folder, _ = trained
    result = call_cli("sample", folder)
    assert_one_line(result, "StackedAutoencoder", "variational_digits")
    assert_one_line(call_cli("sample", folder, "--count", 0), "--count", "0")


WITHOUT_TENSORFLOW = (
    "train leaky_relu_digits --set hidden_units=many",
    "train leaky_relu_digits --set hidden_units=-1",
    "train leaky_relu_digits --set tie_weights=most",
    "train leaky_relu_digits --set dropout=nan",
    "train variational_digits --set latent_dim=1.5",
    "train vector_quantized_digits --set num_codes=-1",
    "train sparse_digits --set sparsity=many",
    "train contractive_digits --set contraction=inf",
    "train leaky_relu_digits --set loss=mssse",
    "train leaky_relu_digits --set optimizer=adm",
    "train leaky_relu_digits --set activation=rellu",
    "train leaky_relu_digits --set kernel_initializer=he",
    "predict missing --input x.npy --output y.npy",
)
RUN = """
import contextlib, io, sys
from tfae.cli import main
for command in sys.argv[1:]:
    errors = io.StringIO()
    with contextlib.redirect_stderr(errors), contextlib.suppress(SystemExit):
        sys.argv = ["tfae", *command.split()]
        main()
    assert errors.getvalue().startswith("Error: "), command
    assert not {"tensorflow", "keras"} & {*sys.modules}, command
"""


def test_wrong_values_are_refused_without_tensorflow(tmp_path):
    np.save(tmp_path / "x.npy", np.zeros((2, 2)))
    command = [sys.executable, "-c", RUN, *WITHOUT_TENSORFLOW]
    subprocess.run(command, cwd=tmp_path, check=True)
