"""Who may import whom, and what no module may do."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "tfae"
MODULES = sorted(PACKAGE.rglob("*.py"))

# Part of tfae -> parts it may import.
ALLOWED = {
    "__init__": set(),
    "arguments": set(),
    "layers": {"arguments"},
    "networks": {"arguments", "layers"},
    "compiled_steps": set(),
    "losses": set(),
    "moments": set(),
    "likelihoods": {"arguments", "losses", "networks"},
    "models": {
        *("arguments", "compiled_steps", "layers", "likelihoods", "losses"),
        *("moments", "networks"),
    },
    "datasets": {"arguments"},
    "divergence": set(),
    "evaluation": {"arguments"},
    "plots": set(),
    "saving": {"models"},
    "resuming": {"saving"},
    "recipes": {"models", "networks", "layers"},
    "building": {"losses", "models", "networks"},
    "probes": {"evaluation"},
    "reporting": {
        *("evaluation", "networks", "plots", "probes", "resuming", "saving"),
    },
    "fine_tuning": {"models", "networks"},
    "few_labels": {"datasets", "fine_tuning"},
    "phase": {"layers", "models"},
    "pretraining": {"datasets", "divergence", "phase", "resuming"},
    "training": {
        *("building", "datasets", "divergence", "evaluation", "few_labels"),
        *(
            "networks",
            "pretraining",
            "probes",
            "recipes",
            "reporting",
            "resuming",
            "saving",
        ),
    },
    "parity": {
        *("arguments", "building", "datasets", "divergence"),
        *("pretraining", "twins"),
    },
    "tf1_checkpoints": {"building", "tf1_stacks", "twins"},
    "tf1_stacks": {"models"},
    "twins": {"building", "fine_tuning", "recipes"},
    "c_session": {"meta_graph"},
    "meta_graph": set(),
    "warm_up": set(),
    "servability": {"c_session", "warm_up"},
    "export": {"saving", "servability", "warm_up"},
    "serving": set(),
    "serving_config": {"saving"},
    "cli": {
        "__init__",
        *("building", "datasets", "divergence", "evaluation", "export", "few_labels"),
        *("fine_tuning", "models", "parity", "plots", "probes", "recipes"),
        *("reporting", "resuming", "twins"),
        *("saving", "servability", "serving", "serving_config"),
        *("tf1_checkpoints", "training"),
    },
}


def part_of(path):
    return path.relative_to(PACKAGE).with_suffix("").parts[0]


def imports_of(path):
    """Full names of what a file imports, wherever in it."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: import by full names"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_follow_the_design(path):
    part = part_of(path)
    assert part in ALLOWED, f"{path.name}: say in this test what it may import"
    for name in imports_of(path):
        assert part == "cli" or not name.startswith("tfae.cli")
        if name.startswith("legacy_tf1_ports"):
            assert part == "parity"
        if name.startswith("tfae."):
            imported = name.split(".")[1]
            imported = "__init__" if imported.startswith("__") else imported
            assert imported in ALLOWED[part] | {part}, f"{part} imports {name}"


@pytest.mark.parametrize("path", sorted((ROOT / "legacy_tf1_ports").glob("*.py")))
def test_legacy_programs_know_nothing_of_the_package(path):
    assert not any(name.split(".")[0] == "tfae" for name in imports_of(path))


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
