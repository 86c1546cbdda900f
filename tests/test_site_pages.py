"""Pages of the documentation: their code runs, and what they list is complete."""

import importlib
import re

import keras
import numpy as np
import pages
import pytest
from checkpoints import assert_predicts, write
from conftest import mostly_slow

import tfae

README = "../README.md"
QUICK = ("gallery/marginalized_denoising_autoencoder.md",)
# Classes that hold other models, which the guides explain.
HOLDERS = ("Classifier", "Detector", "LayerwiseAutoencoder", "PreprocessedModel")
# Call servers, which test_serving_docs.py starts.
WITH_SERVERS = "guides/serve.md"


def detect(names, commands, folder):
    assert set(names["decisions"]) <= {-1, 1}
    assert names["figures"]["auroc"] > 0.85
    assert names["shares"].shape == (5, 30)
    assert (folder / "cells.keras").exists()
    assert len((folder / "scores.csv").read_text().splitlines()) == 570
    assert names["of_frames"].feature_names == ("size", "kind")
    assert names["search"].best_params_


def generate(names, commands, folder):
    assert names["nats"].shape == (5,)
    assert names["probabilities"].shape == (5, 10)
    assert names["walk"].shape == (50, 64)
    assert names["lower_halves"].shape == (5, 8, 8, 1)


def migrate(names, commands, folder):
    assert {command[1] for command in commands if command[0] == "tfae"} == {
        *("import-checkpoint", "evaluate", "export", "compare"),
    }
    assert {path.parent.name for path in folder.glob("*/model.keras")} == {
        *("imported", "by_shape", "convolutional"),
    }


def retrieve(names, commands, folder):
    count = len(names["images"])
    assert names["mapped"].shape == names["places"].shape == (count, 2)
    assert names["neighbours"].shape == (5, 10)
    assert len(np.unique(names["neighbours"][0])) == 10
    assert set(names["found"][0]) == {3, 4, 5}
    assert (folder / "map.png").exists()
    assert (folder / "index.npz").exists()


CHECKS = {
    "guides/detect.md": detect,
    "guides/generate.md": generate,
    "guides/migrate.md": migrate,
    "guides/retrieve.md": retrieve,
}


@pytest.mark.parametrize(
    "page",
    mostly_slow([page for page in pages.with_code() if page != WITH_SERVERS], *QUICK),
)
def test_the_code_of_a_page_runs(page, call_cli, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    importlib.invalidate_caches()
    names, commands = pages.run(page, call_cli)
    if page in CHECKS:
        CHECKS[page](names, commands, tmp_path)
    if page.startswith("gallery/"):
        text = (pages.DOCS / page).read_text()
        drawn = {picture.name for picture in tmp_path.glob("*.png")}
        assert drawn == {*re.findall(r"figures/gallery/(\w+\.png)", text)}


def test_weights_are_set_by_hand_in_four_statements(rows, tmp_path, monkeypatch):
    found = pages.blocks("guides/migrate.md")
    (text,) = [text for _, text in found if "set_weights" in text]
    assert len(re.findall(r"^\w.*$", text, re.M)) == 1 + 4
    monkeypatch.chdir(tmp_path)
    expected = write("notebook_stacked", tmp_path / "run.ckpt", rows)
    made = {}
    exec(text, made)
    assert_predicts(made["model"], rows, expected)


def test_blocks_run_or_need_more_than_the_package():
    for page in pages.DOCS.rglob("*.md"):
        for language, text in pages.blocks(page):
            assert language in (*pages.RUN, *pages.SHOWN), page
            if language in pages.SHOWN:
                programs = {command[0] for command in pages.lines(text)}
                assert programs <= {*pages.SHOWN[language]}, page


def test_every_class_has_a_page_in_the_gallery():
    named = set()
    for page in (pages.DOCS / "gallery").glob("*.md"):
        named |= set(re.findall(r"^API:\s+\[`tfae\.(\w+)`\]", page.read_text(), re.M))
    assert named == {*tfae.models.__all__} - {*HOLDERS}


def test_programs_of_the_gallery_have_a_seed():
    for page in (pages.DOCS / "gallery").glob("*.md"):
        programs = [text for name, text in pages.blocks(page) if name == "python"]
        assert not programs or "set_random_seed(0)" in programs[0], page


def test_every_model_that_draws_is_in_its_guide():
    text = (pages.DOCS / "guides" / "generate.md").read_text()
    for name in tfae.models.__all__:
        model = getattr(tfae, name)
        draws = callable(vars(model).get("sample"))
        if draws and not name.endswith(("VAE", "Conditional")):
            assert f"`{name}`" in text


def test_the_reference_names_every_public_class_and_function():
    text = "".join(page.read_text() for page in (pages.DOCS / "api").glob("*.md"))
    named = {line.rpartition(".")[2] for line in re.findall(r"^::: (\S+)", text, re.M)}
    homes = {name: f"tfae.{name}" for name in tfae._HOME}
    assert {*homes} - {*named} - {"load", "run"} == set()
    assert {"tfae.saving.load", "tfae.training.run"} <= set(re.findall(r"\S+", text))


@pytest.mark.slow
def test_the_readme_runs_and_prints_what_it_shows(
    call_cli, tmp_path, monkeypatch, capsys
):
    monkeypatch.chdir(tmp_path)
    printed = []
    monkeypatch.setattr("builtins.print", lambda *words, **_: printed.extend(words))
    _, commands = pages.run(README, call_cli)
    blocks = pages.blocks(README)
    shown = "".join(text for language, text in blocks if language == "text")
    shape, *numbers = shown.splitlines()
    assert str(printed[0]) == shape
    for line in numbers:
        words, value = line.rsplit(" ", 1)
        (found,) = [one for one in printed if str(one).startswith(words)]
        assert float(found.split()[-1]) == pytest.approx(float(value), rel=0.2)
    assert {command[1] for command in commands} >= {
        "train",
        "export",
        "open",
        "compare",
    }
    assert (tmp_path / "saved_models" / "leaky_relu_digits" / "report.html").exists()


def test_links_and_pictures_of_the_readmes_exist():
    for readme in (pages.DOCS / README, pages.DOCS.parent / "CONTRIBUTING.md"):
        for target in re.findall(r"\]\(([^)#]+)", readme.read_text()):
            assert target.startswith("https:") or (readme.parent / target).exists()


def test_python_of_the_contributors_guide_runs():
    (text,) = [
        text
        for language, text in pages.blocks("../CONTRIBUTING.md")
        if language == "python"
    ]
    with keras.saving.custom_object_scope({}):
        names = {}
        exec(text.replace('package="tfae"', 'package="of_a_test"'), names)
    model = names["MyVariant"](*tfae.networks.dense(64, [8]))
    model.compile("sgd", "mse", run_eagerly=True)
    model.fit(np.zeros((4, 64)), verbose=0)
