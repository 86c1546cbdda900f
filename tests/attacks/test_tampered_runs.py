"""Folders of runs whose tables and settings somebody has tampered with."""

import dataclasses
import json
import shutil

import pytest
from conftest import small_recipe
from kills import killed_at, watching

import tfae

pytestmark = pytest.mark.attacks

# What may stand in a file of JSON in place of what was there.
TEXTS = {
    "nothing": "",
    "half": '{"settings": {"name": ',
    "no text": b"\xff\xfe\x00",
    "zeros": b"\0" * 1000,
    "a list": "[]",
    "an object": "{}",
    "null": "null",
    "a string": '"text"',
    "a number": "17",
    "NaN": "NaN",
    "an integer of 5,000 digits": "1" * 5000,
    "lists nested 10⁵ deep": "[" * 10**5,
    "objects nested 10⁵ deep": '{"settings":' * 10**5,
    "closed lists nested 10⁵ deep": "[" * 10**5 + "]" * 10**5,
    "a string of 5 MB": '"' + "x" * 5 * 2**20 + '"',
    "a list of a million": "[" + "0," * 10**6 + "0]",
}
# Settings of a metrics.json, in place of what they were.
SETTINGS = [
    {"name": None},
    {"name": ""},
    {"name": 3},
    {"name": ["a"]},
    {"name": "x" * 10**6},
    {"data": 3},
    {"data": ["digits"]},
    {"data": "x" * 10**6},
    {"data": "missing.npy"},
    {"data": "no\0thing"},
    {"data": "/dev/zero"},
    {"validation": "many"},
    {"validation": -1},
    {"validation": 10**30},
    {"validation": 1.5},
    {"validation": True},
    {"reading": 3},
    {"reading": ["a"]},
    {"reading": {"image_size": "large"}},
    {"reading": {"surprise": 1}},
    {"scaling": 3},
    {"scaling": "most"},
    {"scaling": ["standard"]},
    {"binarize": 3},
    {"binarize": "most"},
]
TABLES = {
    "nothing of it": "loss\n1\n",
    "no epoch": "epoch,loss\n,1\n",
    "words": "epoch,loss\none,two\n",
    "fractions": "epoch,loss\n1.5,2\n",
    "more columns": "epoch,loss\n1,2,3,4\n",
    "no text": b"\xff\xfe\x00",
    "zeros": b"\0" * 1000,
    "a field of megabytes": "epoch,loss\n1," + "9" * 2**21 + "\n",
    "an epoch of 5,000 digits": "epoch,loss\n" + "1" * 5000 + ",1\n",
}


def put(path, content):
    if isinstance(content, bytes):
        path.write_bytes(content)
    else:
        path.write_text(content)


@pytest.fixture
def run(trained, tmp_path):
    """A copy of a trained run."""
    return shutil.copytree(trained[0], tmp_path / "run")


@pytest.mark.parametrize("command", ["evaluate", "index"])
@pytest.mark.parametrize("name", TEXTS)
def test_metrics_of_another_kind_are_refused(refuses, run, name, command):
    put(run / "metrics.json", TEXTS[name])
    refuses(command, run, words=["metrics.json is not one of `tfae train`"])


@pytest.mark.parametrize("change", SETTINGS, ids=lambda value: str(value)[:60])
def test_settings_of_another_kind_are_refused(refuses, run, change):
    metrics = json.loads((run / "metrics.json").read_text())
    metrics["settings"] |= change
    put(run / "metrics.json", json.dumps(metrics))
    refuses("evaluate", run, words=[""])


@pytest.mark.parametrize("name", TABLES)
def test_histories_of_another_kind_are_refused(refuses, run, name):
    put(run / "history.csv", TABLES[name])
    refuses("plot", run, words=["history.csv is damaged"])


@pytest.mark.parametrize("content", [*TEXTS.values(), '{"moved": ["../x"]}'], ids=str)
def test_marks_of_another_kind_are_refused(refuses, run, content):
    (run / "unfinished").mkdir()
    put(run / "unfinished" / "complete.json", content)
    refuses("evaluate", run, words=["complete.json"])


@pytest.mark.parametrize(
    "plan",
    [
        {"moved": ["../stolen"], "removed": []},
        {"moved": ["/tmp/stolen"], "removed": []},
        {"moved": [], "removed": ["../kept"]},
        {"moved": [], "removed": ["figures/../../kept"]},
        {"moved": [3], "removed": []},
        {"moved": "model.keras", "removed": None},
        {"moved": ["link/stolen"], "removed": []},
        {"moved": [], "removed": ["link/kept"]},
        {"moved": [], "removed": ["figures"]},
    ],
    ids=str,
)
def test_a_mark_names_files_of_its_own_folder_alone(refuses, run, plan):
    (run.parent / "kept").write_text("kept")
    (run / "link").symlink_to(run.parent)
    (run / "unfinished").mkdir()
    (run / "unfinished" / "stolen").write_text("stolen")
    put(run / "unfinished" / "complete.json", json.dumps(plan))
    refuses("evaluate", run, words=[""])


@pytest.fixture(scope="module")
def unfinished(tmp_path_factory):
    """A folder whose training was killed in its third epoch, and the recipe."""
    folder = tmp_path_factory.mktemp("killed") / "run"
    recipe = dataclasses.replace(small_recipe(), epochs=3, name="leaky_relu_digits")
    with watching(folder) as watch:
        tfae.run(recipe, folder, verbose=0)
    backups = [
        number
        for number, operation in enumerate(watch.operations)
        if operation.startswith("open") and operation.endswith("metadata.json")
    ]
    shutil.rmtree(folder)
    with killed_at(folder, backups[1] + 1):
        tfae.run(recipe, folder, verbose=0)
    assert (folder / "unfinished" / "backup").is_dir()
    return folder, recipe


def resumed(unfinished, folder, file, content):
    """What resuming says after a file was tampered with."""
    shutil.copytree(unfinished[0], folder)
    put(folder / "unfinished" / file, content)
    return tfae.run(unfinished[1], folder, resume=True, verbose=0)


@pytest.mark.parametrize("name", TEXTS)
def test_a_training_with_other_settings_is_not_resumed(unfinished, tmp_path, name):
    with pytest.raises(ValueError, match=r"settings\.json is damaged|other settings"):
        resumed(unfinished, tmp_path / "run", "settings.json", TEXTS[name])


@pytest.mark.parametrize("name", TABLES)
def test_a_training_without_its_history_is_not_resumed(unfinished, tmp_path, name):
    with pytest.raises(ValueError, match=r"history\.csv (is damaged|holds)"):
        resumed(unfinished, tmp_path / "run", "history.csv", TABLES[name])


@pytest.mark.parametrize(
    "content",
    [
        *TEXTS.values(),
        '{"epoch": -1}',
        '{"epoch": "1"}',
        '{"epoch": true}',
        '{"epoch": 1.5}',
        '{"batch": 3}',
    ],
    ids=lambda value: str(value)[:20],
)
def test_a_training_is_resumed_from_what_is_whole(unfinished, tmp_path, content):
    place = "backup/training_metadata.json"
    run = resumed(unfinished, tmp_path / "run", place, content)
    assert run.metrics["epochs"] == 3


def test_a_backup_of_epochs_that_the_history_lacks_is_refused(unfinished, tmp_path):
    place, content = "backup/training_metadata.json", '{"epoch": 1000000000}'
    with pytest.raises(ValueError, match=r"history\.csv holds \d of 1000000000 epochs"):
        resumed(unfinished, tmp_path / "run", place, content)


@pytest.mark.parametrize("content", [b"", b"no HDF5", b"\x89HDF\r\n\x1a\n"], ids=str)
def test_a_training_whose_weights_are_damaged_says_so(unfinished, tmp_path, content):
    folder = shutil.copytree(unfinished[0], tmp_path / "run")
    for path in (folder / "unfinished" / "backup").glob("*.h5*"):
        path.write_bytes(content)
    with pytest.raises(ValueError, match=r"latest\.weights\.h5 is damaged"):
        tfae.run(unfinished[1], folder, resume=True, verbose=0)
    assert (folder / "unfinished" / "history.csv").exists()
