"""Plots of models that scale their inputs: in which units their numbers are."""

import keras
import numpy as np
import pytest

import tfae
from tfae import datasets, reporting
from tfae.models.signatures import REBUILT
from tfae.reporting import pictures

NAMES = ("height", "weight", "age")
WEIGHS = "The score of the detector weighs the features."


@pytest.fixture(scope="module")
def table():
    random = np.random.default_rng(0)
    columns = {name: random.normal(size=300).tolist() for name in NAMES}
    return datasets.Table.of(columns)


@pytest.fixture(scope="module")
def model(table):
    """A denoising autoencoder of a table, in its encoding."""
    networks = tfae.networks.dense(3, [2], output_activation="linear")
    inner = tfae.DenoisingAutoencoder(*networks, keras.layers.GaussianNoise(0.5))
    encoding = tfae.layers.TableEncoding()
    encoding.adapt(table)
    model = tfae.PreprocessedModel(inner, encoding)
    model.compile("adam", "mse")
    model.build({name: (None,) for name in NAMES})
    return model


@pytest.fixture(scope="module")
def split(table):
    return datasets.load(table)


def drawn(model, split, monkeypatch):
    """Figures by name that `reporting.draw` makes."""
    found = {}
    monkeypatch.setattr(pictures, "save", lambda figures, _: found.update(figures))
    reporting.draw(model, split, "nowhere", "a model")
    return found


def test_values_of_a_scaled_table_say_so(model, split, monkeypatch):
    found = drawn(model, split, monkeypatch)
    figure = found["reconstructions"]
    assert figure.axes[0].get_xlabel() == "standardized value"
    assert "errors of standardized values" in figure.get_suptitle()
    assert WEIGHS not in figure.get_suptitle()


def test_denoising_of_a_table_is_drawn_as_errors_by_feature(model, split, monkeypatch):
    figure = drawn(model, split, monkeypatch)["denoising"]
    (axis,) = figure.axes
    assert axis.get_xlabel() == "mean squared error"
    assert [one.get_text() for one in axis.get_yticklabels()] == [*NAMES]
    corrupted = [bar.get_width() for bar in axis.patches]
    assert np.mean(corrupted) == pytest.approx(0.25, abs=0.15)  # the noise's variance
    assert f"{len(split.valid.inputs)} examples" in figure.get_suptitle()


@pytest.mark.parametrize(("weights", "told"), [("residuals", True), (None, False)])
def test_a_detector_that_weighs_errors_says_so(
    model, split, monkeypatch, weights, told
):
    detector = tfae.Detector(model, feature_weights=weights)
    detector.fit(split.train.inputs, false_alarm_rate=0.1, epochs=1, verbose=0)
    figure = drawn(detector, split, monkeypatch)["reconstructions"]
    assert (WEIGHS in figure.get_suptitle()) is told
    assert figure.axes[0].get_xlabel() == "standardized value"


def test_singular_values_of_models_of_raw_values_are_named(digits, monkeypatch):
    ones = np.ones((5, 4, 64))
    monkeypatch.setattr(pictures.probes, "jacobians", lambda model, inputs: ones)
    plain = tfae.Autoencoder(*tfae.networks.dense(64, [4]))
    scaled = tfae.PreprocessedModel(
        tfae.Autoencoder(*tfae.networks.dense(64, [4])), "minmax"
    )
    scaled.adapt(digits.train.inputs)
    figure = pictures.singular_values_of({"one": plain, "two": scaled}, digits)
    labels = figure.axes[0].get_legend_handles_labels()[1]
    assert labels == ["one", "two, of raw inputs"]


def test_a_run_on_a_table_can_be_measured_and_served(model, table, split):
    model.check_inputs(table, "the table")
    for signature in model.serving_signatures().values():
        shapes = signature.inputs.values()
        zeros = [np.zeros((2, *shape), "float32") for shape in shapes]
        for name, found in signature.function(*zeros).items():
            assert tuple(found.shape[:1]) == (2,)
            assert name not in REBUILT or found.shape == (2, 3)
