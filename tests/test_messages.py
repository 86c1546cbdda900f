"""Messages of the library in words of the command line."""

import pytest
import typer.main
from conftest import assert_one_line

from tfae import cli
from tfae.cli import messages
from tfae.export import serving_config

COMMANDS = typer.main.get_command(cli.app).commands
COMMANDS |= {f"detect {k}": v for k, v in COMMANDS["detect"].commands.items()}


@pytest.mark.parametrize(
    ("command", "message", "expected"),
    [
        ("train", "`batch_size` must be 1.", "--batch-size must be 1."),
        ("train", "Received: learning_rate=-1.0", "Received: --learning-rate -1.0"),
        ("train", 'or use data="digits".', "or use --data digits."),
        ("train", "Use resume=False to begin.", "Use --overwrite to begin."),
        ("train", "or use resume=False to begin.", "or use --overwrite to begin."),
        ("detect score", "Use resume=False.", "Leave --resume out."),
        ("import-checkpoint", "another `program`", "another --as"),
        ("import-checkpoint", 'program="auto".', "--as auto."),
        ("import-checkpoint", "image_shape=(8, 8, 1).", "--image-shape 8,8,1."),
        ("import-checkpoint", "Received: strides=None", "Received: no --strides"),
        ("predict", "`version` or `label`", "--version or --label"),
        ("export", "with check=False", "with --no-check"),
        ("export", "with uint8=True", "with --uint8"),
        # Arguments that the command does not have, and code.
        ("evaluate", "`batch_size` or seed=3", "`batch_size` or seed=3"),
        ("train", "Call load(data=3).", "Call load(data=3)."),
        # The path of a model is no option.
        ("evaluate", "`path` is missing.", "`path` is missing."),
    ],
)
def test_names_of_arguments_become_options(command, message, expected):
    assert messages.translate(message, COMMANDS[command].params) == expected


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        (
            'use output_activation="linear".',
            "use --set output_activation=linear.",
        ),
        ("Received: hidden_units=[64, 0]", "Received: --set hidden_units=64,0"),
        ("use tie_weights=True", "use --set tie_weights=True"),
        ("`hidden_units` must be widths.", "`hidden_units` must be widths."),
        ("Received: rate=2", "Received: rate=2"),
        ("Received: epochs=0", "Received: --epochs 0"),
    ],
)
def test_settings_of_a_recipe_become_those_of_set(message, expected):
    settings = ("output_activation", "hidden_units", "tie_weights")
    params = COMMANDS["train"].params
    assert messages.translate(message, params, settings) == expected


def test_training_names_the_setting_that_mends_it(call_cli, tmp_path):
    options = ("--set", "center=true", "--output", tmp_path / "run")
    result = call_cli("train", "leaky_relu_digits", *options)
    assert "use --set output_activation=linear" in result.stderr


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("the folder that tfae.run wrote.", "the folder that `tfae train` wrote."),
        (
            "Export one by tfae.export.export first.",
            "Export one by `tfae export` first.",
        ),
        ("Call tfae.export.exporting or tfae.run(x).", None),
    ],
)
def test_calls_become_commands(message, expected):
    found = messages.translate(message, COMMANDS["export"].params)
    assert found == (expected or message)


def test_a_missing_model_and_missing_exports_name_the_command(call_cli, tmp_path):
    assert_one_line(call_cli("evaluate", "none"), "the folder that `tfae train` wrote")
    with pytest.raises(ValueError, match=r"Export one by tfae\.export\.export first"):
        serving_config.write(tmp_path)
