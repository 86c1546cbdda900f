"""Who may import whom, and what no module may do."""

import ast
import graphlib
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "tfae"
MODULES = sorted(PACKAGE.rglob("*.py"))

# The floors of the house from the top down: what stands on one may import only what
# stands below it. `tfae/__init__.py` names public things and imports nothing of them.
FLOORS = (
    "cli",
    "migration",
    "training",
    "recipes",
    "estimators",
    "pretraining",
    "fine_tuning",
    "saving",
    "models",
    "reporting",
    "likelihoods",
    "priors",
    "networks",
    "layers",
    "datasets",
    "export",
    "evaluation",
    "callbacks",
    "serving",
    "plots",
    "affinities",
    "losses",
    "optimizers",
    "texts",
    "presets",
    "stored_models",
    "sizes",
    "image_shapes",
    "objects",
    "cluster",
    "kept_arguments",
    "extras",
    "batch_streams",
    "arguments",
    "suggestions",
    "archives",
    "files",
    "locks",
    "types",
)
LONGEST_FILE = 250
# Of the one command that the library runs with options.
OPTIONS_OF_GIT = ("--always", "--dirty", "--abbrev=10", "--exclude=*")
# What a user has to have, and no module may load before it is asked for.
WITHOUT_TENSORFLOW = ("serving",)


def part_of(path):
    return path.relative_to(PACKAGE).with_suffix("").parts[0]


def module_of(path):
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports_of(path):
    """Full names of what a file imports, wherever in it."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: import by full names"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_go_downwards(path):
    part = part_of(path)
    if part == "__init__":
        assert not any(name.startswith("tfae") for name in imports_of(path))
        return
    below = FLOORS[FLOORS.index(part) :]
    for name in imports_of(path):
        if name.startswith("legacy_tf1_ports"):
            assert path.parent == PACKAGE / "migration" / "parity"
        if name.startswith("tfae."):
            imported = name.split(".")[1]
            assert imported in below or imported == "__version__", name


def test_modules_import_each_other_in_no_circle():
    names = {module_of(path): path for path in MODULES}
    graph = {}
    for module, path in names.items():
        # A package stands for what its `__init__` imports, but for its own modules.
        imported = set()
        for name in imports_of(path):
            found = name if name in names else name.rpartition(".")[0]
            if found in names and not f"{module}.".startswith(f"{found}."):
                imported.add(found)
        graph[module] = imported
    tuple(graphlib.TopologicalSorter(graph).static_order())  # raises at a circle


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_files_hold_one_idea(path):
    assert len(path.read_text().splitlines()) <= LONGEST_FILE


def test_a_run_is_five_calls():
    tree = ast.parse((PACKAGE / "training" / "running.py").read_text())
    (run,) = [one for one in tree.body if getattr(one, "name", None) == "run"]
    statements = [one for one in run.body if not isinstance(one, ast.Expr)]
    assert len(statements) == 5
    assert run.end_lineno - run.body[0].lineno < 40


@pytest.mark.parametrize(
    "path",
    [path for path in MODULES if part_of(path) in WITHOUT_TENSORFLOW],
    ids=lambda path: path.name,
)
def test_what_serves_loads_no_tensorflow(path):
    for node in ast.parse(path.read_text()).body:
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [node.module]
        assert not any(name.split(".")[0] in ("tensorflow", "keras") for name in names)


@pytest.mark.parametrize("path", sorted((ROOT / "legacy_tf1_ports").glob("*.py")))
def test_legacy_programs_know_nothing_of_the_package(path):
    assert not any(name.split(".")[0] == "tfae" for name in imports_of(path))


def messages_of(path):
    """String constants of a file, but for its docstrings."""
    tree = ast.parse(path.read_text())
    docstrings = {
        id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)
    }
    for node in ast.walk(tree):
        text = isinstance(node, ast.Constant) and isinstance(node.value, str)
        if text and id(node) not in docstrings:
            yield node.value


@pytest.mark.parametrize(
    "path",
    [path for path in MODULES if part_of(path) != "cli"],
    ids=lambda path: str(path.relative_to(ROOT)),
)
def test_only_the_command_line_speaks_of_options(path):
    for message in messages_of(path):
        option = re.search(r"(?:^|[ (])(--[a-z][^ ]*)", message)
        assert option is None or option[1] in OPTIONS_OF_GIT, message


def test_only_the_command_line_prints():
    for path in MODULES:
        called = {
            node.func.id
            for node in ast.walk(ast.parse(path.read_text()))
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
        }
        assert "print" not in called or part_of(path) == "cli", path


def test_weight_gradients_are_applied_in_one_place():
    text = "".join(path.read_text() for path in MODULES)
    assert text.count("optimizer.apply") == 1


def test_help_and_recipes_come_without_tensorflow():
    code = (
        "import sys, tfae, tfae.cli, tfae.recipes, tfae.datasets\n"
        "heavy = {'tensorflow', 'keras', 'matplotlib', 'sklearn'} & set(sys.modules)\n"
        "assert not heavy, heavy"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_public_names_are_all_there():
    import tfae

    for name in tfae.__all__:
        assert getattr(tfae, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = tfae.nothing
