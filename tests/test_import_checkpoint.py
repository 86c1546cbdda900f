"""The command that makes models of TF1 checkpoints."""

import keras
import pytest
from checkpoints import assert_predicts, convolutions, write
from conftest import assert_one_line

import tfae

RELU = ("--activation", "relu", "--output-activation", "sigmoid")
ACTIVATIONS = ("--activation relu", "--output-activation sigmoid")


def test_the_command_says_what_goes_where(call_cli, rows, tmp_path):
    write("notebook_tied", tmp_path / "run.ckpt", rows)
    command = ("import-checkpoint", "run.ckpt", "--as", "notebook_tied")
    result = call_cli(*command, "--dry-run")
    assert result.returncode == 0, result.stderr
    assert "weights2" in result.stdout
    assert "variables of an optimizer" in result.stdout
    assert "/Adam" not in result.stdout
    assert not (tmp_path / "imported").exists()
    assert "not compared" not in result.stdout
    (tmp_path / "run.ckpt.meta").unlink()
    result = call_cli(*command, "--dry-run")
    assert "not compared with a graph: no .meta beside the checkpoint" in result.stdout
    result = call_cli(*command, "--output", "imported")
    assert result.returncode == 0, result.stderr
    assert isinstance(tfae.load(tmp_path / "imported"), keras.Model)
    assert "scaled" not in result.stdout
    result = call_cli("evaluate", "imported", "--data", "digits")
    assert result.returncode == 0, result.stderr


def test_the_command_says_how_a_program_scaled_its_data(call_cli, rows, tmp_path):
    write("models_masking_noise", tmp_path / "run.ckpt", rows)
    options = ("--as", "models_masking_noise", "--dry-run")
    result = call_cli("import-checkpoint", "run.ckpt", *options)
    assert result.returncode == 0, result.stderr
    assert "scaled its data feature by feature (standard)" in result.stdout


def test_the_command_imports_by_shape(call_cli, tmp_path):
    images, expected = convolutions(tmp_path / "run.ckpt", with_dense=True)
    options = ("--as", "auto", "--output", "new", "--image-shape", "8,8,1")
    options += ("--strides", "2,2,2,2", "--padding", "same")
    options += ("--activation", "relu", "--output-activation", "sigmoid")
    result = call_cli("import-checkpoint", "run.ckpt", *options)
    assert result.returncode == 0, result.stderr
    imported = tfae.load(tmp_path / "new")
    assert_predicts(imported, images, expected)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ((), [*ACTIVATIONS, "--image-shape 28,28,1", "--strides 2"]),
        ((*RELU, "--strides", "2"), ["--image-shape 28,28,1."]),
        (
            (*RELU, "--image-shape", "8,8,1", "--strides", "1"),
            ["Give other --strides, --padding or --image-shape."],
        ),
        (("--activation", "lrelu", *RELU[2:]), ["Received: --activation lrelu"]),
    ],
)
def test_the_command_names_the_option_that_mends_it(call_cli, tmp_path, options, words):
    convolutions(tmp_path / "run.ckpt", with_dense=True)
    (tmp_path / "run.ckpt.meta").unlink()
    command = ("import-checkpoint", "run.ckpt", "--as", "auto", "--dry-run")
    assert_one_line(call_cli(*command, *options), *words)


def test_the_command_names_other_programs_by_its_option(call_cli, rows, tmp_path):
    write("notebook_variational", tmp_path / "run.ckpt", rows)
    command = ("import-checkpoint", "run.ckpt", "--dry-run", "--as")
    assert_one_line(call_cli(*command, "auto", *RELU), "--as notebook_variational ")
    result = call_cli(*command, "notebook_tied")
    assert_one_line(result, "Choose another --as, such as auto.")
    result = call_cli(*command, "notebook_several_graphs")
    assert_one_line(result, "with --as auto.")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--output", "new", "--input", "x"), "only with --as auto"),
        (("--output", "new", "--activation", "relu"), "only with --as auto"),
        (("--output", "new"), "none does not exist"),
        (("--dry-run", "--as", "auto", "--strides", "2,x"), "--strides must be"),
    ],
)
def test_the_command_refuses_in_a_line(call_cli, tmp_path, options, message):
    result = call_cli("import-checkpoint", "none", "--as", "notebook_tied", *options)
    assert result.returncode == 2
    assert message in result.stderr
    assert result.stderr.count("\n") == 1
    assert not (tmp_path / "new").exists()
