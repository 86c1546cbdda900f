"""Folders of runs whose tables and settings somebody has tampered with."""

import dataclasses
import json
import shutil

import pytest
from conftest import small_recipe
from kills import killed_at, watching

import tfae
from tfae.callbacks import resuming

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


PLANS = [
    {"moved": ["../stolen.csv"], "removed": []},
    {"moved": ["/tmp/stolen.csv"], "removed": []},
    {"moved": [], "removed": ["../kept.csv"]},
    {"moved": [], "removed": ["figures/../../kept.csv"]},
    {"moved": [], "removed": ["figures/deep/kept.csv"]},
    {"moved": [3], "removed": []},
    {"moved": [None], "removed": []},
    {"moved": "model.keras", "removed": None},
    {"moved": ["link/stolen.csv"], "removed": []},
    {"moved": [], "removed": ["link/kept.csv"]},
    {"moved": [], "removed": ["link/deep/kept.csv"]},
    {"moved": [], "removed": ["figures"]},
    {"moved": [], "removed": ["thesis.tex"]},
    {"moved": [], "removed": [".csv/.."]},
    {"moved": [], "removed": ["a\0.csv"]},
    {"moved": [], "removed": [""]},
]


@pytest.mark.parametrize("plan", PLANS, ids=str)
@pytest.mark.parametrize("place", ["unfinished", ".tfae-tmp-abcdefgh"])
def test_a_mark_names_files_of_its_own_folder_alone(refuses, run, plan, place):
    (run.parent / "kept.csv").write_text("kept")
    (run / "thesis.tex").write_text("kept")
    (run / "link").symlink_to(run.parent)
    (run / place).mkdir()
    (run / place / "stolen.csv").write_text("stolen")
    put(run / place / "complete.json", json.dumps(plan))
    refuses("evaluate", run, words=["does not say which files"])


@pytest.mark.parametrize("side", ["source", "target"])
def test_a_change_does_not_go_through_links(refuses, run, side):
    (run.parent / "home").mkdir()
    (run.parent / "home" / "secret.png").write_text("secret")
    beside = run / "unfinished"
    beside.mkdir()
    if side == "target":
        shutil.rmtree(run / "figures")
        (beside / "figures").mkdir()
        (beside / "figures" / "secret.png").write_text("hostile")
    linked = beside if side == "source" else run
    (linked / "figures").symlink_to(run.parent / "home")
    plan = {"moved": ["figures/secret.png"], "removed": []}
    put(beside / "complete.json", json.dumps(plan))
    refuses("evaluate", run, words=["figures must be a folder within"])


def test_folders_of_other_names_stay(call_cli, run):
    (run / ".tfae-notes").mkdir()
    (run / ".tfae-notes" / "mine").write_text("mine")
    assert call_cli("evaluate", run).returncode == 0
    assert (run / ".tfae-notes" / "mine").exists()


@pytest.mark.parametrize("files", [3, [3], None, "x", {"a": 1}], ids=str)
def test_a_finished_run_whose_list_of_files_is_another_is_returned(
    tmp_path, no_pictures, eager, files
):
    recipe = small_recipe()
    tfae.run(recipe, tmp_path, verbose=0)
    metrics = json.loads((tmp_path / "metrics.json").read_text())
    put(tmp_path / "metrics.json", json.dumps(metrics | {"files": files}))
    found = tfae.run(recipe, tmp_path, resume=True, verbose=0)
    assert [path.name for path in found.files] == ["model.keras", "metrics.json"]


@pytest.fixture(scope="module")
def unfinished(tmp_path_factory):
    """A folder whose training was killed in its third epoch, and the recipe."""
    folder = tmp_path_factory.mktemp("killed") / "run"
    recipe = dataclasses.replace(small_recipe(), epochs=3, name="leaky_relu_digits")
    monkeypatch = pytest.MonkeyPatch()
    monkeypatch.setattr(resuming, "BACKUP_SECONDS", 0)
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
    monkeypatch.undo()
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
