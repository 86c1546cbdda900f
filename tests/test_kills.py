"""Whenever a command is killed, its folder is one whole version, and it can go on."""

import dataclasses
import json
import shutil
from functools import partial
from pathlib import Path

import keras
import matplotlib.pyplot as plt
import numpy as np
import pytest
from checkpoints import write
from conftest import mostly_slow, slow
from kills import killed_at, watching

import tfae
from tfae import files, networks, presets, saving
from tfae.callbacks import resuming

PARTS = 16  # of the operations of a command: workers kill at them side by side
FEW = (20, 45)
# The first operation that is killed, and how many lie between one and the next.
kills = pytest.mark.parametrize(
    "kills", [FEW, *(slow((first, PARTS)) for first in range(PARTS))], ids=str
)


def each_kill(kills, watch, kept, folder, command):
    """Calls a command on copies of a folder, and kills each call at another operation.

    Yields the number and the name of the operation.
    """
    for number in range(kills[0], len(watch.operations), kills[1]):
        shutil.rmtree(folder)
        shutil.copytree(kept, folder)
        with killed_at(folder, number) as killed:
            command()
        assert len(killed.operations) == number
        yield number, watch.operations[number]


def contents(folder):
    """What a folder holds, but for what is unfinished."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and "unfinished" not in str(path.relative_to(folder))
    }


def write_three(folder, text):
    with files.replacing(folder, ("a.csv", "figures/b.png", "c.csv")) as beside:
        (beside / "a.csv").write_text(text)
        (beside / "figures" / "b.png").write_text(text)


def test_several_files_take_their_places_as_one_wherever_it_is_killed(tmp_path):
    with watching(tmp_path) as watch:
        write_three(tmp_path / "counted", "new")
    old = {"a.csv": b"old", "figures/b.png": b"old", "c.csv": b"old"}
    new = {"a.csv": b"new", "figures/b.png": b"new"}
    seen = []
    for last in range(len(watch.operations) + 1):
        folder = tmp_path / str(last)
        (folder / "figures").mkdir(parents=True)
        for name in old:
            (folder / name).write_text("old")
        with killed_at(folder, last):
            write_three(folder, "new")
        files.settle(folder)
        seen.append(contents(folder))
        assert sorted(path.name for path in folder.iterdir() if path.is_dir()) == [
            "figures"
        ]
    assert all(found in (old, new) for found in seen)
    turned = seen.index(new)
    assert 0 < turned < len(seen) - 5
    assert all(found == new for found in seen[turned:])


def run_of(folder):
    """What the run in a folder is, as far as two equal runs agree."""
    metrics = json.loads((folder / "metrics.json").read_text())
    model = tfae.load(folder)
    names = sorted(contents(folder))
    outputs = model.predict(np.eye(*model.example_shape * 2), verbose=0)
    history = resuming.read_histories(folder)
    return names, metrics["figures"], metrics["epochs"], history, outputs.tolist()


@pytest.mark.slow
@pytest.mark.usefixtures("eager", "backups")
@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("leaky_relu_digits", {"patience": 3}),
        slow("greedy_digits", {"pretraining": {"epochs": 1, "cached": True}}),
    ],
    ids=["plain", "pretrained"],
)
@kills
def test_a_training_goes_on_wherever_it_was_killed(
    call_cli, monkeypatch, tmp_path, name, changes, kills
):
    recipe = dataclasses.replace(tfae.recipes.get(name), **changes)
    monkeypatch.setattr(tfae.recipes, "get", lambda name: recipe)
    command = ["train", name, "--batch-size", "700", "--set", "hidden_units=16,4"]
    command += ["--set", "jit_compile=false", "--epochs"]
    assert call_cli(*command, 2, "--output", "once").returncode == 0
    expected = run_of(tmp_path / "once")
    assert call_cli(*command, 1, "--output", "old").returncode == 0
    (tmp_path / "old" / "few_labels.csv").write_text("of the old model")
    old = contents(tmp_path / "old")
    folder = tmp_path / "run"
    shutil.copytree(tmp_path / "old", folder)
    with watching(folder) as watch:
        command = [*command, 2, "--output", folder]
        assert call_cli(*command, "--overwrite").returncode == 0
    killed = partial(call_cli, *command, "--overwrite")
    for last, operation in each_kill(kills, watch, tmp_path / "old", folder, killed):
        tfae.load(folder)
        found = contents(folder)
        if found != old:
            assert run_of(folder) == expected, operation
        result = call_cli(*command, "--resume")
        if "cannot be trained on" in result.stderr:  # killed before it began
            assert found == old, operation
            assert last < 12
            result = call_cli(*command, "--overwrite")
        assert result.returncode == 0, (operation, result.stderr)
        assert run_of(folder) == expected, operation
        assert not (folder / "unfinished").exists()


READERS = {
    ".csv": Path.read_text,
    ".json": files.read_json,
    ".keras": tfae.load,
    ".npy": files.read_arrays,
    ".npz": files.read_arrays,
    ".png": plt.imread,
}
# What a command is, and the options by which its first and its second call differ.
COMMANDS = {
    "compare": ("notebook_linear_pca --no-speed --output out --steps", "2", "3"),
    "export": ("run --no-check --data digits --name out", "", "--uint8"),
    "export --format onnx": (
        "run --data digits --name out",
        "",
        "--signature encode",
    ),
    "finetune": ("run --labels 20 --seeds 1 --output out --epochs", "1", "2"),
    "import-checkpoint": (
        "--as notebook_tied --overwrite --output out",
        "1.ckpt",
        "2.ckpt",
    ),
    "index": ("run --output out/index.npz --part", "test", "valid"),
    "map": ("run --method pca --output out --count", "40", "50"),
    "sample": ("drawn --data digits --output out --seed", "1", "2"),
}
QUICK = ("index", "sample")


@pytest.mark.usefixtures("eager")
@pytest.mark.parametrize("name", mostly_slow(COMMANDS, *QUICK))
@kills
def test_a_command_writes_all_or_nothing_wherever_it_was_killed(
    call_cli, tmp_path, rows, trained, name, kills
):
    words, *options = COMMANDS[name]
    first, last = (f"{name} {words} {one}".split() for one in options)
    prepare(name, tmp_path, rows, trained)
    format = name.partition("--format ")[2]  # the folder of its files in that of a run
    folder, kept = tmp_path / "out" / format, tmp_path / "kept"
    assert call_cli(*first).returncode == 0
    shutil.copytree(folder, kept)
    old = contents(folder)
    with watching(folder) as watch:
        assert call_cli(*last).returncode == 0
    new = contents(folder)
    assert len(watch.operations) > 5
    killed = partial(call_cli, *last)
    for _, operation in each_kill(kills, watch, kept, folder, killed):
        files.settle(folder)
        assert_one_version(folder, old, new)
        if name == "export" and [*contents(folder)] == [*new]:
            continue  # another call would write a third version
        assert call_cli(*last).returncode == 0, operation
        assert_one_version(folder, old, new)
        assert [*contents(folder)] == [*new]


@pytest.mark.slow
@pytest.mark.usefixtures("eager")
@kills
def test_a_preset_is_the_old_or_the_new_one_wherever_it_is_killed(
    call_cli, tmp_path, trained, kills
):
    for name in ("run", "other"):
        shutil.copytree(trained[0], tmp_path / name)
    model = tfae.load(tmp_path / "other")
    model.set_weights([2 * one for one in model.get_weights()])
    saving.save(model, tmp_path / "other" / "model.keras")
    folder, kept = tmp_path / "out", tmp_path / "kept"
    first, last = (("publish", name, "--to", "out") for name in ("run", "other"))
    assert call_cli(*first).returncode == 0
    shutil.copytree(folder, kept)
    old = preset_of(folder)
    with watching(folder) as watch:
        assert call_cli(*last).returncode == 0
    new = preset_of(folder)
    assert new != old
    killed = partial(call_cli, *last)
    for _, operation in each_kill(kills, watch, kept, folder, killed):
        files.settle(folder)
        assert preset_of(folder) in (old, new)
        tfae.from_preset(folder)
        for version in folder.glob("[0-9]*"):
            assert call_cli("export", version).returncode == 0
        assert call_cli(*last).returncode == 0, operation
        assert preset_of(folder) == new


def preset_of(folder):
    """The files of a preset, but for the one that has the time of saving."""
    found = contents(folder)
    kept = [name for name in presets.ALL if name != presets.METADATA]
    return {name: found[name] for name in kept}


def prepare(name, folder, rows, trained):
    """Makes what the command needs."""
    if name == "import-checkpoint":
        for number in (1, 2):
            keras.utils.set_random_seed(number)
            write("notebook_tied", folder / f"{number}.ckpt", rows)
    elif name == "sample":
        model = tfae.VariationalAutoencoder(*networks.variational(64, [8], 2))
        model.predict(rows, verbose=0)
        saving.save(model, folder / "drawn" / "model.keras")
    else:
        shutil.copytree(trained[0], folder / "run")


def assert_one_version(folder, old, new):
    """Asserts that a folder holds the old files or the new ones, whole."""
    found = contents(folder)
    changed = {name for name in new if new[name] != old.get(name)}
    same = [name for name in changed if found.get(name) == old.get(name)]
    assert same in ([], [*changed])
    assert [*found] == [*(old if same else new)]
    for name in found:
        READERS.get(Path(name).suffix, Path.read_bytes)(folder / name)
