"""Arguments of the models and builders of this package, read from their source code.

Importing them would import TensorFlow, which takes seconds.
"""

import ast
import functools
from pathlib import Path

PACKAGE = Path(__file__).parents[1]


@functools.cache
def parameters(name, package):
    """Arguments of a class or function of this package and their defaults as text.

    Args:
        name: Its name, such as `"StackedAutoencoder"`.
        package: `"models"` or `"networks"`, which exports it.

    Returns:
        Dict from each argument to the source of its default, or to `None` without a
        default; in order, without `self`, `*args` and `**kwargs`. Returns `None` if the
        package does not export the name.
    """
    module = _imported_from(_tree(f"tfae.{package}"), name)
    if module is None:
        return None
    found = _function(module, name)
    return {} if found is None else _arguments(*found)


@functools.cache
def annotations(name, package):
    """Type hints as text of the arguments that `parameters` returns, where known."""
    module = _imported_from(_tree(f"tfae.{package}"), name)
    found = None if module is None else _function(module, name)
    if found is None:
        return {}
    arguments = found[0].args
    every = (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)
    return {one.arg: ast.unparse(one.annotation) for one in every if one.annotation}


def _function(module, name):
    """Nodes of the function, or of the `__init__`, and of its module; or `None`."""
    tree = _tree(module)
    for node in tree.body:
        if getattr(node, "name", None) == name:
            break
    else:
        return None
    if isinstance(node, ast.FunctionDef):
        return node, tree
    for method in node.body:
        if getattr(method, "name", None) == "__init__":
            return method, tree
    base = getattr(node.bases[0], "id", None) if node.bases else None
    return None if base is None else _function(_imported_from(tree, base), base)


def _arguments(function, tree):
    found = function.args
    positional = [one.arg for one in (*found.posonlyargs, *found.args)]
    defaults = [None] * (len(positional) - len(found.defaults)) + found.defaults
    pairs = [*zip(positional, defaults, strict=True)]
    pairs += zip((one.arg for one in found.kwonlyargs), found.kw_defaults, strict=True)
    return {
        name: None if default is None else ast.unparse(_resolved(default, tree))
        for name, default in pairs
        if name != "self"
    }


def _resolved(default, tree):
    """The value of a default that is the name of a constant of the module."""
    for node in tree.body:
        if isinstance(node, ast.Assign) and isinstance(default, ast.Name):
            names = [getattr(target, "id", None) for target in node.targets]
            if default.id in names and isinstance(node.value, ast.Constant):
                return node.value
    return default


def _imported_from(tree, name):
    """The module that a file imports `name` from, or `None`."""
    for node in tree.body:
        if isinstance(node, ast.ImportFrom):
            for alias in node.names:
                if alias.name == name:
                    return node.module
    return None


@functools.cache
def _tree(module):
    path = PACKAGE.joinpath(*module.split(".")[1:])
    path = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    return ast.parse(path.read_text(encoding="utf-8"))
