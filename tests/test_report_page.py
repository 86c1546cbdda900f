"""The HTML report of a run: what it holds, and how a browser shows it."""

import base64
import json
import shutil
import webbrowser

import pytest
from conftest import assert_one_line

from tfae import recipes
from tfae.cli.repeating import command_of
from tfae.reporting import page

# The smallest picture: one grey pixel.
PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNoAAAAggCBd81ytgAAAABJ"
    "RU5ErkJggg=="
)
SCRIPT = "<script>alert(1)</script>"


def write_run(folder, **settings):
    """The files of a run as far as a report reads them."""
    recipe = recipes.get("leaky_relu_digits")
    metrics = {
        "recipe": recipe.name,
        "figures": {"test_mse": 0.25, "pca_test_mse": 0.125},
        "references": [],
        "epochs": 2,
        "seconds": 1.5,
        "settings": {**recipe.as_json(), "seed": 3, **settings},
        "files": [],
        "versions": {"tfae": "0.1.0"},
        "cores": 2,
        "commit": None,
    }
    (folder / "figures").mkdir(parents=True)
    (folder / "figures" / "codes.png").write_bytes(PIXEL)
    (folder / "figures" / "loss.png").write_bytes(PIXEL)
    (folder / "model.keras").write_bytes(b"")
    (folder / "metrics.json").write_text(json.dumps(metrics))
    (folder / "history.csv").write_text("epoch,loss,val_loss\n1,2.0,3.0\n2,1.0,2.5\n")
    return folder


def test_a_report_of_the_current_folder_is_titled_by_its_name(tmp_path, monkeypatch):
    monkeypatch.chdir(write_run(tmp_path / "mine"))
    assert "<title>mine</title>" in page.page(".", None, [])


def test_a_report_holds_figures_pictures_curves_and_the_command(tmp_path):
    text = page.page(write_run(tmp_path / "run"), "tfae train x", ["Too few epochs."])
    assert base64.b64encode(PIXEL).decode() in text
    assert text.count("<img ") == 1  # the curves are drawn anew
    assert text.count("<svg ") == 1
    assert text.count("<polyline ") == 2
    for words in ("0.25", "0.125", "tfae train x", "Too few epochs.", "0.1.0"):
        assert words in text


def test_a_report_loads_nothing_and_runs_nothing(tmp_path):
    folder = write_run(tmp_path / "run", summary=SCRIPT, data=SCRIPT, loss=SCRIPT)
    (folder / "figures" / "no picture.png").write_text(SCRIPT)
    (folder / "history.csv").write_text(f"epoch,loss,{SCRIPT}\n1,2,3\n2,1,2\n")
    text = page.page(folder, SCRIPT, [SCRIPT])
    assert "<script" not in text
    assert "http:" not in text and "https:" not in text
    assert "default-src 'none'" in text


@pytest.mark.parametrize(
    "content", ["", "[]", "{}", '{"figures": 3}', "null"], ids=repr
)
def test_a_report_of_damaged_figures_is_refused(call_cli, tmp_path, content):
    folder = write_run(tmp_path / "run")
    (folder / "metrics.json").write_text(content)
    result = call_cli("open", "run", "--no-browser")
    assert_one_line(result, "metrics.json", "not one of `tfae train`")
    assert not (folder / "report.html").exists()


def test_open_writes_the_report_and_opens_it(call_cli, tmp_path, monkeypatch):
    opened = []
    monkeypatch.setattr(webbrowser, "open", lambda uri: opened.append(uri) or True)
    folder = write_run(tmp_path / "run", epochs=2)
    result = call_cli("open", "run", "--no-browser")
    assert (result.returncode, result.stdout) == (0, "wrote run/report.html\n")
    assert not opened
    assert call_cli("open", "run", "--quiet").stdout == ""
    assert opened == [(folder / "report.html").resolve().as_uri()]
    text = (folder / "report.html").read_text()
    assert "tfae train leaky_relu_digits --epochs 2 --seed 3 --output run_again" in text
    assert "<title>run</title>" in text
    assert "above that of PCA" in text
    monkeypatch.setattr(webbrowser, "open", lambda uri: False)
    assert_one_line(call_cli("open", "run"), "no browser", "--no-browser")


def test_open_needs_a_run(call_cli, tmp_path):
    assert_one_line(call_cli("open", "leaky_relu_digits"), "Train the model first")
    (tmp_path / "model.keras").write_bytes(b"")
    assert_one_line(call_cli("open", "."), "without metrics.json")


@pytest.mark.parametrize(
    ("name", "changes", "command"),
    [
        ("sparse_digits", {}, "tfae train sparse_digits"),
        ("sparse_digits", {"seed": 2}, "tfae train sparse_digits --seed 2"),
        (
            "leaky_relu_digits",
            {"batch_size": 32, "arguments": {"hidden_units": [9]}, "decay": None},
            "tfae train leaky_relu_digits --batch-size 32 --set decay=none "
            "--set hidden_units=9,",
        ),
        (
            "leaky_relu_digits",
            {"data": "my table.csv", "reading": {"columns": ["a", "b"]}},
            "tfae train leaky_relu_digits --data 'my table.csv' --columns a,b",
        ),
        (
            "leaky_relu_digits",
            {"data": "x.npy", "reading": {"image_shape": [4, 4]}},
            "tfae train leaky_relu_digits --data x.npy --image-shape 4x4",
        ),
        (
            "detector_table",
            {"data": "t.csv", "validation": 60},
            "tfae detect train t.csv --recipe detector_table "
            "--false-alarm-rate 0.05 --validation 60",
        ),
        (
            "detector_table",
            {"data": "t.csv", "detection": {"false_alarm_rate": 0.1}},
            "tfae detect train t.csv --recipe detector_table --false-alarm-rate 0.1",
        ),
        ("leaky_relu_digits", {"network": "dense"}, None),
        ("leaky_relu_digits", {"name": "mine"}, None),
        ("leaky_relu_digits", {"data": None}, None),
    ],
    ids=str,
)
def test_the_command_of_a_run_repeats_its_settings(name, changes, command):
    assert command_of({**recipes.get(name).as_json(), **changes}) == command


@pytest.mark.browser
@pytest.mark.parametrize("width", [1280, 390])
def test_a_browser_shows_the_whole_report(trained, tmp_path, width):
    from playwright.sync_api import sync_playwright

    folder = shutil.copytree(trained[0], tmp_path / "run")
    file = folder / "report.html"
    file.write_text(page.page(folder, "tfae train leaky_relu_digits"))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox"]
        )
        view = browser.new_page(viewport={"width": width, "height": 900})
        told, asked = [], []
        view.on("console", lambda message: told.append(message.text))
        view.on("request", lambda request: asked.append(request.url))
        view.goto(file.as_uri())
        assert view.title() == "run"
        sizes = view.evaluate("[...document.images].map(one => one.naturalWidth)")
        assert len(sizes) == 3
        assert all(size > 100 for size in sizes)
        assert view.evaluate("document.documentElement.scrollWidth") <= width
        assert view.locator("svg polyline").count() == 2
        assert view.locator("pre").first.is_visible()
        browser.close()
    assert not told
    assert all(url.startswith(("file:", "data:")) for url in asked)
