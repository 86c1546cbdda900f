"""`tfae list`, `tfae show` and the settings of recipes, without TensorFlow."""

import importlib.util
import inspect
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import TFAE, assert_one_line, mostly_slow

from tfae import models, networks, recipes
from tfae.cli.settings import as_option, parse_setting, written
from tfae.recipes import seconds, settings, signatures

ROOT = Path(__file__).parent.parent
ALL = [*recipes.RECIPES.values()]


def test_list_takes_a_line_of_80_columns_for_each_recipe(call_cli, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    lines = call_cli("list").stdout.splitlines()
    assert all(len(line) <= 80 for line in lines)
    names = [line.split()[0] for line in lines if line.startswith("  ")]
    assert names == [*recipes.RECIPES]
    families = [line[:-1] for line in lines if line.endswith(":")]
    assert families == [*recipes.families()]


def test_list_of_a_family_as_json(call_cli):
    rows = json.loads(call_cli("list", "--family", "texts", "--json").stdout)
    assert [row["name"] for row in rows] == [
        recipe.name for recipe in recipes.families()["texts"]
    ]
    assert rows[0]["seconds"] == seconds.SECONDS[rows[0]["name"]]
    result = call_cli("list", "--family", "text")
    assert_one_line(result, "'text'", "Did you mean texts?")


@pytest.mark.parametrize(
    "recipe", mostly_slow(ALL, *ALL[::8]), ids=lambda recipe: recipe.name
)
def test_show_names_settings_as_set_takes_them(call_cli, recipe):
    result = call_cli("show", recipe.name)
    assert result.returncode == 0, result.stderr
    assert recipe.source in result.stdout
    for _, value, origin in recipe.references:
        assert f"{value:g} ({origin})" in result.stdout
    for name in settings.settings_of(recipe):
        assert f"{name}=" in result.stdout
    trained_by = "detect train" if recipe.detection else f"train {recipe.name}"
    assert f"Train it: tfae {trained_by}" in result.stdout
    shown = json.loads(call_cli("show", recipe.name, "--json").stdout)
    assert shown["settings"].keys() == settings.settings_of(recipe).keys()


@pytest.mark.parametrize("recipe", recipes.RECIPES.values(), ids=lambda r: r.name)
def test_settings_are_read_back_as_they_are_written(recipe):
    given, _ = settings.values(recipe)
    for name, value in given.items():
        name_again, again = parse_setting(f"{name}={written(value)}")
        assert name_again == name
        assert json.dumps(again) == json.dumps(value)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ((3,), "x=3,"),
        ((), "x='()'"),
        ("3", "x='\"3\"'"),
        ("it's", "x='it'\"'\"'s'"),
        ({"a": 1}, "x='{\"a\": 1}'"),
        (None, "x=none"),
        (True, "x=true"),
    ],
    ids=str,
)
def test_settings_are_written_for_a_shell(value, text):
    assert as_option("x", value) == text


def test_arguments_read_from_sources_are_those_of_the_classes():
    for package in (models, networks):
        for name in package.__all__:
            found = signatures.parameters(name, package.__name__.rpartition(".")[2])
            parameters = inspect.signature(getattr(package, name)).parameters
            kinds = (inspect.Parameter.VAR_KEYWORD, inspect.Parameter.VAR_POSITIONAL)
            expected = [key for key, one in parameters.items() if one.kind not in kinds]
            assert [*found] == expected, name
            for key in expected:
                required = parameters[key].default is inspect.Parameter.empty
                assert (found[key] is None) == required, (name, key)


def test_seconds_are_those_of_the_records(monkeypatch):
    monkeypatch.syspath_prepend(ROOT / "benchmarks")
    spec = importlib.util.spec_from_file_location(
        "results", ROOT / "benchmarks" / "results.py"
    )
    results = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(results)
    assert results.SECONDS.read_text() == results.seconds(results.load())


def test_names_are_completed_and_refused_without_tensorflow(tmp_path):
    code = (
        "import sys\n"
        "from tfae.cli import main\n"
        "for words in sys.argv[1].split(';'):\n"
        "    sys.argv = ['tfae', *words.split()]\n"
        "    try:\n"
        "        main()\n"
        "    except SystemExit:\n"
        "        pass\n"
        "assert 'tensorflow' not in sys.modules and 'keras' not in sys.modules\n"
    )
    (tmp_path / "run").mkdir()
    commands = (
        "--help;list;show leaky_relu_digits;runs .;open run --no-browser;"
        "train leaky_relu_digits --set units=3;train leaky_relu_digits --epochs 0;"
        "train leaky_relu_digits --data none.npy;train leaky_relu_digits --resume;"
        "train leaky_relu_digits --set scaling=most;detect train none.csv --epochs 0;"
        "evaluate run --part half;plot none;map run --method none;export none;"
        "index run --metric none;finetune run --freeze none_of_them;sample none;"
        "import-checkpoint none --output out;search none --example 0;"
        "search none --example -1;search none --example 0 --top 0;"
        "--import missing_module list"
    )
    result = subprocess.run(
        [sys.executable, "-c", code, commands],
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert result.returncode == 0, result.stderr
    assert result.stderr.count("Error: ") == 20


@pytest.mark.parametrize(
    ("words", "completed"),
    [
        ("tfae train leaky_relu_", ["leaky_relu_mnist", "leaky_relu_digits"]),
        ("tfae list --family sp", ["sparse"]),
    ],
)
def test_the_shell_completes_names(words, completed):
    variables = {"_TFAE_COMPLETE": "complete_bash", "COMP_WORDS": words}
    variables["COMP_CWORD"] = str(len(words.split()) - 1)
    result = subprocess.run(
        [TFAE], env={**os.environ, **variables}, capture_output=True, text=True
    )
    assert result.stdout.split() == completed


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["train", "leaky_relu_mnst"], ["Did you mean leaky_relu_mnist?"]),
        (["show", "leaky_relu_digit"], ["Did you mean leaky_relu_digits?"]),
        (
            ["train", "leaky_relu_digits", "--set", "hiden_units=3"],
            ["no setting 'hiden_units'. Did you mean hidden_units?"],
        ),
        (
            ["train", "leaky_relu_digits", "--set", "epochs=3"],
            ["has an option of its own", "Use --epochs 3"],
        ),
        (
            ["train", "leaky_relu_digits", "--data", "mine.npy"],
            ["mine.npy does not exist. Did you mean min.npy?"],
        ),
        (["evaluate", "digits"], ["Did you mean saved_models/digits?"]),
        (["export", "saved_models/digit"], ["Did you mean saved_models/digits?"]),
        (
            ["export", "saved_models/sparse_digits"],
            ["does not exist. Train the model first: tfae train sparse_digits"],
        ),
        (["trian"], ["Did you mean 'train'?"]),
        (["train", "leaky_relu_digits", "--epoch", "3"], ["--epochs"]),
    ],
    ids=lambda value: " ".join(value),
)
def test_a_near_miss_is_told(call_cli, tmp_path, arguments, words):
    (tmp_path / "min.npy").write_bytes(b"")
    (tmp_path / "saved_models" / "digits").mkdir(parents=True)
    (tmp_path / "saved_models" / "digits" / "model.keras").write_bytes(b"")
    assert_one_line(call_cli(*arguments), *words)
