"""Models, networks and recipes from outside of the package, in all of its tools."""

import dataclasses
from pathlib import Path

import keras
import numpy as np
import processes
import pytest
from checkpoints import CONVOLUTIONAL, convolutions
from conftest import assert_one_line, slow
from keras import ops

import tfae
from tfae import datasets, plots, reporting, saving, training
from tfae.evaluation import measures
from tfae.export import export, servability
from tfae.migration import checkpoints
from tfae.models.signatures import Signature

FILE = Path(__file__).parent / "data" / "my_models.py"


def call(folder, *arguments, **variables):
    """Runs the command in another process, which knows no module of this one."""
    return processes.call(processes.command, folder, *arguments, **variables)


@pytest.fixture(scope="module")
def own(tmp_path_factory):
    """A folder in which the command has trained the recipe of a file."""
    folder = tmp_path_factory.mktemp("own")
    command = ("--import", FILE, "train", "my_convolutional_digits", "--output", "run")
    command += ("--verbose",)
    result = call(folder, *command)
    assert result.returncode == 0, result.stderr
    assert "test_code_size" in result.stdout
    assert "jacobian_norm" in result.stdout
    return folder


def test_the_file_is_short():
    assert len(FILE.read_text().splitlines()) <= 30


@pytest.mark.slow
@pytest.mark.parametrize(
    ("command", "words"),
    [
        (("evaluate", "run", "--probe"), ["code_size", "hoyer_sparsity"]),
        slow(("plot", "run", "--output", "drawn"), ["drawn/figures/codes.png"]),
        (("export", "run"), ["checked: TensorFlow's C++ loader", "(-1, 8, 8, 1)"]),
    ],
    ids=lambda value: value[0],
)
def test_the_commands_take_an_own_model(own, command, words):
    result = call(own, "--import", FILE, *command)
    assert result.returncode == 0, result.stderr
    for word in words:
        assert word in result.stdout


@pytest.mark.slow
def test_a_module_is_found_in_the_current_folder(tmp_path):
    (tmp_path / "my_models.py").write_text(FILE.read_text())
    result = call(tmp_path, "--import", "my_models", "list", COLUMNS="300")
    assert result.returncode == 0, result.stderr
    assert "my_convolutional_digits" in result.stdout


@pytest.mark.slow
def test_an_own_model_needs_its_module(own):
    assert_one_line(call(own, "evaluate", "run"), "SmallCodes", "tfae --import")


@pytest.mark.slow
def test_settings_are_those_that_a_recipe_does_not_give(own):
    command = ("--import", FILE, "train", "my_convolutional_digits", "--set", "depth=1")
    result = call(own, *command)
    assert_one_line(result, "no setting 'depth'", "center, filters")
    assert "shape" not in result.stderr
    assert "encoder" not in result.stderr


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("missing.py", None, ["missing.py does not exist"]),
        ("missing_module", None, ["missing_module", "there is no module"]),
        ("fails.py", 'raise OSError("one\\ntwo")', ["fails.py", "OSError: one"]),
        ("exits.py", "raise SystemExit(3)", ["exits.py", "SystemExit: 3"]),
        ("wrong.py", "def (", ["wrong.py", "SyntaxError"]),
        ("json.py", "", ["json.py", "Rename the file"]),
    ],
)
def test_modules_that_cannot_be_imported(call_cli, tmp_path, name, text, words):
    if text is not None:
        (tmp_path / name).write_text(text)
    result = call_cli("--import", name, "list")
    assert_one_line(result, *words)
    assert "two" not in result.stderr


def test_a_module_alone_is_no_command(call_cli):
    assert_one_line(call_cli("--import", "json"), "The command is missing", "--import")


def likelihood(model, part, image_shape=None):
    loss = model.evaluate(part.inputs, verbose=0, return_dict=True)["loss"]
    return {"nats": loss}


def mean_image(model, split, title):
    return plots.grid(ops.sigmoid(model.logits)[None], split.image_shape, title)


@keras.saving.register_keras_serializable(package="mine")
class Pixels(keras.Model):
    """A density of independent pixels: no autoencoder, and without codes."""

    measures = {"errors": likelihood}
    reports = {"mean": mean_image}

    def __init__(self, example_shape, **kwargs):
        super().__init__(**kwargs)
        self.example_shape = tuple(example_shape)

    def build(self, input_shape):
        self.logits = self.add_weight(shape=self.example_shape, name="logits")

    def call(self, inputs, training=False):
        return self.losses_of(inputs)

    def losses_of(self, inputs):
        logits = ops.broadcast_to(self.logits, ops.shape(inputs))
        losses = ops.binary_crossentropy(inputs, logits, from_logits=True)
        return ops.sum(losses, axis=range(1, len(losses.shape)))

    def compute_loss(self, x, y=None, y_pred=None, sample_weight=None, training=True):
        return ops.mean(y_pred)

    def check_inputs(self, inputs, name="the data"):
        if inputs.shape[1:] != self.example_shape:
            raise ValueError(f"{name} must hold examples of {self.example_shape}.")

    def serving_signatures(self):
        def score(inputs):
            return {"score": self.losses_of(inputs)}

        return {"serving_default": Signature(score, {"inputs": self.example_shape})}

    def serving_examples(self, inputs):
        return {"inputs": inputs}

    def get_config(self):
        return {**super().get_config(), "example_shape": self.example_shape}


@pytest.mark.usefixtures("eager")
def test_a_bare_keras_model_with_the_protocol_takes_part(tmp_path):
    recipe = tfae.recipes.Recipe(
        name="pixels_digits",
        summary="independent pixels",
        model=f"{__name__}.Pixels",
        source="a test",
        data="digits",
        keep_shape=True,
        epochs=2,
        batch_size=500,
        learning_rate=0.1,
        loss=None,
        jit_compile=False,
    )
    run = tfae.run(recipe, tmp_path, verbose=0)
    assert {"valid_nats", "test_nats"} == set(run.metrics["figures"])
    assert {path.name for path in run.files} == {
        *("model.keras", "history.csv", "metrics.json", "loss.png", "mean.png"),
    }
    model = tfae.load(tmp_path)
    split = datasets.load("digits", flatten=False)
    figures = measures.of_part(model, split.test, split.image_shape)
    assert figures["nats"] == pytest.approx(run.metrics["figures"]["test_nats"])
    names = reporting.draw(model, split, tmp_path / "drawn", "pixels", tmp_path)
    assert names == ["figures/loss.png", "figures/mean.png"]
    version = export(model, tmp_path / "served", examples=split.test.inputs)
    (answer,) = servability.check_servable(version).values()
    expected = model.predict(split.test.inputs[:8], verbose=0)
    np.testing.assert_allclose(answer["score"], expected, rtol=1e-5)
    with pytest.raises(ValueError, match="must hold examples of"):
        training.check_inputs(model, datasets.load("digits"))
    with pytest.raises(ValueError, match="There is no model"):
        strange = dataclasses.replace(recipe, model="nothing.Pixels")
        tfae.run(strange, tmp_path / "strange", verbose=0)


def save(folder, model, data):
    """Saves a model as `model.keras` and data as `data.npy`."""
    saving.save(model, folder / "model.keras")
    np.save(folder / "data.npy", data)
    return ("model.keras", "--data", "data.npy")


def assert_the_commands_take(call_cli, options, pictures):
    result = call_cli("evaluate", *options, "--probe")
    assert result.returncode == 0, result.stderr
    assert "jacobian_norm" in result.stdout
    result = call_cli("plot", *options, "--output", "drawn")
    assert result.returncode == 0, result.stderr
    for name in pictures:
        assert f"wrote drawn/figures/{name}.png" in result.stdout
    result = call_cli("plot", options[0], *options, "--output", "both")
    assert result.returncode == 0, result.stderr
    assert "singular_values.png" in result.stdout
    result = call_cli("export", *options)
    assert result.returncode == 0, result.stderr


@pytest.mark.usefixtures("eager")
@pytest.mark.slow
def test_images_of_an_imported_convolutional_model(call_cli, tmp_path):
    convolutions(tmp_path / "run.ckpt", with_dense=False)
    imported = checkpoints.load(tmp_path / "run.ckpt", "auto", **CONVOLUTIONAL)
    images = np.random.default_rng(0).random((40, 8, 8, 1), "float32")
    options = save(tmp_path, imported.model, images)
    assert_the_commands_take(call_cli, options, ("reconstructions", "codes"))


@pytest.mark.slow
@pytest.mark.usefixtures("eager")
def test_series_of_a_recurrent_model(call_cli, tmp_path):
    layers = keras.layers
    encoder = keras.Sequential([keras.Input((4, 3)), layers.SimpleRNN(2)])
    series = layers.SimpleRNN(3, return_sequences=True)
    decoder = keras.Sequential([keras.Input((2,)), layers.RepeatVector(4), series])
    model = tfae.Autoencoder(encoder, decoder)
    model.compile("adam", "mse")
    series = np.random.default_rng(0).normal(size=(40, 4, 3))
    model.fit(series, verbose=0)
    options = save(tmp_path, model, series)
    assert_the_commands_take(call_cli, options, ("reconstructions", "codes"))


def test_series_are_drawn_as_a_curve_a_feature():
    series = np.random.default_rng(0).normal(size=(3, 10, 2))
    split = datasets.load("digits", flatten=False)
    part = datasets.Part(series)
    split = dataclasses.replace(
        split,
        **dict.fromkeys(("train", "valid", "test"), part),
        image_shape=(10, 2, 1),
        example_shape=(10, 2),
    )
    taken = datasets.as_taken(split, (10, 2))
    assert taken.image_shape is None
    assert taken.test.inputs.shape == (3, 10, 2)
    figure = plots.reconstructions(taken.test.inputs, series)
    axes = np.reshape(figure.axes, (2, 3))  # a row a feature
    for example, feature in np.ndindex(3, 2):
        for line in axes[feature, example].lines:
            drawn = line.get_ydata()
            np.testing.assert_array_equal(drawn, series[example, :, feature])
