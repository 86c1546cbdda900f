"""What type checkers and editors see of the package."""

import ast
import inspect
import tomllib
from pathlib import Path

import numpy as np
import pytest

import tfae

PACKAGE = Path(tfae.__file__).parent


def test_the_stub_names_what_is_imported_lazily():
    stub = ast.parse((PACKAGE / "__init__.pyi").read_text())
    found = {
        alias.asname or alias.name: (node.module, alias.name)
        for node in stub.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    modules = {
        name: tuple(place.rsplit(".", 1)) for name, place in tfae._MODULES.items()
    }
    classes = {name: (place, name) for name, place in tfae._HOME.items()}
    assert found == modules | classes
    names = next(node for node in stub.body if isinstance(node, ast.Assign))
    assert sorted(ast.literal_eval(names.value)) == tfae.__all__


def test_the_marker_and_the_stub_are_shipped():
    project = tomllib.loads((PACKAGE.parent / "pyproject.toml").read_text())
    assert (PACKAGE / "py.typed").is_file()
    assert project["tool"]["setuptools"]["package-data"]["tfae"] == [
        "py.typed",
        "*.pyi",
    ]


@pytest.mark.parametrize("name", sorted(tfae._HOME))
def test_arguments_without_a_default_are_annotated(name):
    found = getattr(tfae, name)
    signature = inspect.signature(found)
    for argument in signature.parameters.values():
        required = argument.default is argument.empty
        if required and argument.kind is argument.POSITIONAL_OR_KEYWORD:
            assert argument.annotation is not argument.empty, argument


def test_annotations_resolve_at_run_time():
    hints = inspect.get_annotations(tfae.evaluation.psnr, eval_str=True)
    assert hints["peak"] is hints["return"] is float
    assert tfae.evaluation.psnr(np.zeros(4), np.ones(4)) == 0
