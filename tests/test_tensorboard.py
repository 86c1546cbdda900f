"""TensorBoard of a training: what is written, and what a browser shows of it."""

import shutil
import subprocess
import sys
import time
import urllib.request

import keras
import numpy as np
import pytest
from conftest import assert_one_line, slow

import tfae
from tfae.callbacks import tensorboard

WEBGL = ("--use-angle=swiftshader", "--enable-unsafe-swiftshader")


@pytest.fixture
def vae(digits):
    model = tfae.VariationalAutoencoder(*tfae.networks.variational(64, [8], 2))
    model.compile("adam", run_eagerly=True)
    return model


def events(folder):
    """Tags by kind of what a folder holds."""
    from tensorboard.backend.event_processing import event_accumulator

    found = event_accumulator.EventAccumulator(str(folder))
    found.Reload()
    tags = found.Tags()
    tensors = found.Tags()["tensors"]
    steps = {name: [one.step for one in found.Tensors(name)] for name in tensors}
    return steps, tags["graph"]


def test_terms_pictures_weights_graph_and_codes_are_written(vae, digits, tmp_path):
    board = tfae.callbacks.TensorBoard(
        tmp_path, digits.valid.inputs, (8, 8), digits.valid.labels, frequency=2
    )
    x = digits.train.inputs[:100]
    vae.fit(x, epochs=3, validation_data=(x,), callbacks=[board], verbose=0)
    steps, graph = events(tmp_path / "train")
    assert graph
    for name in ("epoch_loss", "epoch_kl", "epoch_reconstruction"):
        assert steps[name] == [0, 1, 2]
    for name in ("reconstructions", "samples"):
        assert steps[name] == [0, 2]
    paths = {weight.path for weight in vae.trainable_weights}
    assert paths <= {*steps} and len(paths) == len(vae.trainable_weights)
    assert "epoch_kl" in events(tmp_path / "validation")[0]
    codes = np.loadtxt(tmp_path / "train" / "codes.tsv", delimiter="\t")
    expected = np.pad(vae.encode(digits.valid.inputs), [(0, 0), (0, 1)])
    np.testing.assert_allclose(codes, expected, atol=1e-4)
    labels = (tmp_path / "train" / "labels.tsv").read_text().split()
    assert labels == [str(one) for one in digits.valid.labels]
    thumbnails = keras.utils.load_img(tmp_path / "train" / "thumbnails.png")
    assert thumbnails.size == (8 * 13, 8 * 13)  # 161 images
    config = (tmp_path / "train" / "projector_config.pbtxt").read_text()
    assert 'tensor_path: "codes.tsv"' in config and "thumbnails.png" in config


def test_a_model_without_pictures_has_its_losses(vectors, tmp_path):
    model = tfae.StackedAutoencoder(64, [8])
    model.compile("adam", "mse", run_eagerly=True)
    model.fit(vectors, callbacks=[tfae.callbacks.TensorBoard(tmp_path)], verbose=0)
    steps, graph = events(tmp_path / "train")
    assert "epoch_loss" in steps and "reconstructions" not in steps and not graph
    assert not (tmp_path / "train" / "projector_config.pbtxt").exists()


def test_labels_must_be_as_many_as_examples(digits):
    inputs, labels = digits.valid.inputs, digits.valid.labels
    with pytest.raises(ValueError, match="a label for each of the examples"):
        tfae.callbacks.TensorBoard("logs", inputs, (8, 8), labels[:10])


def test_thumbnails_lie_in_rows():
    images = np.arange(3.0).reshape(3, 1) * np.ones((1, 4))
    sprite = tensorboard._sprite(images, (2, 2, 1))[..., 0]
    np.testing.assert_allclose(sprite[:2], [[0, 0, 127.5, 127.5]] * 2)
    np.testing.assert_allclose(sprite[2:], [[255, 255, 0, 0]] * 2)


@pytest.mark.slow
def test_the_command_writes_a_board(call_cli, tmp_path):
    command = ("train", "marginalized_digits", "--output", "run", "--quiet")
    (tmp_path / "file").write_text("")
    result = call_cli(*command, "--tensorboard", "file/board")
    assert_one_line(result, "file/board cannot be written", "another --tensorboard")
    result = call_cli(*command, "--tensorboard", "board")
    assert result.returncode == 0, result.stderr
    steps, _ = events(tmp_path / "board" / "train")
    assert "epoch_loss" in steps and "reconstructions" in steps


@pytest.mark.usefixtures("eager")
@pytest.mark.parametrize(
    "name",
    [
        slow(name)
        for name in (
            *("convolutional_digits", "vector_quantized_digits", "pixel_cnn_digits"),
            *("detector_breast_cancer", "text_newsgroups", "boltzmann_digits"),
            *("sequence_faults", "generative_stochastic_digits"),
        )
    ],
)
def test_models_of_all_kinds_have_a_board(name, tmp_path):
    import contract

    from tfae import recipes

    recipe = recipes.get(name)
    model, x = contract.new_model(recipe), contract.samples(recipe)
    board = tfae.callbacks.TensorBoard(tmp_path, x[:20])
    contract.fit(model, x, contract.told(recipe), callbacks=[board])
    assert "epoch_loss" in events(tmp_path / "train")[0]


@pytest.mark.browser
def test_a_browser_shows_the_board(vae, digits, tmp_path):
    from playwright.sync_api import sync_playwright

    board = tfae.callbacks.TensorBoard(
        tmp_path, digits.valid.inputs, (8, 8), digits.valid.labels
    )
    vae.fit(digits.train.inputs[:100], epochs=2, callbacks=[board], verbose=0)
    address = "http://127.0.0.1:16006"
    command = [sys.executable, "-m", "tensorboard.main", "--logdir", str(tmp_path)]
    server = subprocess.Popen(
        [*command, "--port", "16006", "--load_fast=false"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait_for(f"{address}/data/environment")
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path=shutil.which("chromium"),
                args=["--no-sandbox", *WEBGL],
            )
            view = browser.new_page(viewport={"width": 1280, "height": 900})
            for place, words in (
                ("scalars", "epoch_kl"),
                ("images", "reconstructions"),
                ("histograms", "encoder"),
                ("graphs", "Main Graph"),
                ("projector", "Total variance described: 100"),
            ):
                view.goto(f"{address}/#{place}")
                view.reload()
                _frame(view, place).get_by_text(words).first.wait_for(timeout=60_000)
            browser.close()
    finally:
        server.kill()
        server.wait()


def _frame(view, place):
    """The page, or the frame of the projector in it."""
    for _ in range(120):
        found = [one for one in view.frames if "projector_binary" in one.url]
        if place != "projector" or found:
            return found[0] if found else view
        view.wait_for_timeout(500)
    raise AssertionError("the projector does not appear")


def _wait_for(url):
    for _ in range(120):
        try:
            urllib.request.urlopen(url)
            return
        except OSError:
            time.sleep(0.5)
    raise AssertionError(f"{url} does not answer")
