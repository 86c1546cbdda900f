"""The `Example:` of every docstring, run as it stands, in an empty folder.

Each starts with the three imports that the docstring of `tfae` names, and with nothing
else. What trains, exports or reads graphs is slow, all else quick.
"""

import ast
import doctest
import inspect
import re
from pathlib import Path

import loopback
import pytest
from conftest import slow

import tfae

ROOT = Path(__file__).parents[1]
GIVEN = "import keras\nimport numpy as np\nimport tfae"
LONG = "fit|fit_transform|pretrain|run|export|compare|time_epochs|Saver|search"
SLOW = re.compile(rf"\.({LONG}|log_likelihoods)\(")
SERVER = "http://127.0.0.1:8501"  # of the example that calls one


def documented(node, name=""):
    """Pairs of a name and a docstring, of a module and all that it defines."""
    yield name or "module", ast.get_docstring(node)
    for child in ast.iter_child_nodes(node):
        if isinstance(child, (ast.ClassDef, ast.FunctionDef)):
            yield from documented(child, f"{name}.{child.name}".lstrip("."))


def cases():
    """A case for each docstring with an example."""
    for path in sorted((ROOT / "tfae").rglob("*.py")):
        place = ".".join(path.relative_to(ROOT).with_suffix("").parts)
        for name, text in documented(ast.parse(path.read_text())):
            if text and ">>>" in text and SERVER not in text:
                case = slow if SLOW.search(text) else pytest.param
                yield case(text, id=f"{place}.{name}")


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Runs an example, and asserts that it prints what it shows."""
    monkeypatch.chdir(tmp_path)
    recipes = dict(tfae.recipes.RECIPES)
    monkeypatch.setattr(tfae.recipes, "RECIPES", recipes)  # one that it registers

    def check(text):
        names, printed = {}, []
        exec(GIVEN, names)
        example = doctest.DocTestParser().get_doctest(text, names, "example", None, 0)
        result = doctest.DocTestRunner().run(example, out=printed.append)
        assert result.failed == 0, "".join(printed)
        assert result.attempted > 0

    return check


@pytest.mark.parametrize("text", [*cases()])
def test_it_runs_and_prints_what_it_shows(run, text):
    run(text)


@pytest.mark.slow
def test_that_of_the_client_runs_before_a_server(run, tmp_path):
    model = tfae.StackedAutoencoder(64, [12])
    model.build((None, 64))
    tfae.export.export(model, tmp_path / "leaky_relu_digits")
    text = inspect.getdoc(tfae.serving.Client)
    assert SERVER in text
    with loopback.rest_server(tmp_path) as url:
        run(text.replace(SERVER, url))


@pytest.mark.parametrize("name", sorted(tfae.__all__))
def test_every_public_name_has_an_example(name):
    found = getattr(tfae, name)
    assert inspect.ismodule(found) or ">>>" in inspect.getdoc(found)
