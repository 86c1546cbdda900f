"""Every class in double precision, as `keras.config.set_floatx` sets it."""

import contract
import keras
import numpy as np
import pytest
import tensorflow as tf
from conftest import mostly_slow

import tfae
from tfae.arguments import has
from tfae.recipes import RECIPES, quick

CLASSES = {recipe.model: recipe for recipe in (*RECIPES.values(), *quick.RECIPES)}
SOME = ("VariationalAutoencoder",)
pytestmark = pytest.mark.filterwarnings("ignore:Only .* layers are solved")


@pytest.fixture
def doubles():
    before, policy = keras.config.floatx(), keras.config.dtype_policy()
    keras.config.set_floatx("float64")
    # As in a program that says so before its first layer.
    keras.config.set_dtype_policy("float64")
    try:
        yield
    finally:
        keras.config.set_floatx(before)
        keras.config.set_dtype_policy(policy)


@pytest.mark.usefixtures("doubles", "eager")
@pytest.mark.parametrize(
    "recipe",
    mostly_slow(CLASSES.values(), *map(CLASSES.get, SOME)),
    ids=lambda one: one.model,
)
def test_a_class_trains_measures_and_draws_in_double_precision(recipe, tmp_path):
    inputs, labels = contract.samples(recipe), contract.told(recipe)
    model = contract.new_model(recipe)
    validation = inputs, inputs if labels is None else labels
    logs = contract.fit(model, inputs, labels, validation_data=validation)
    assert np.isfinite([values[-1] for values in logs.values()]).all()
    assert all(one.dtype == "float64" for one in model.trainable_variables)
    outputs = model.predict(inputs, verbose=0)
    assert outputs.dtype == "float64"
    if inputs.dtype != object:
        found = contract.evaluate(model, inputs.astype("float64"), labels)
        expected = contract.evaluate(model, inputs, labels)
        assert found == pytest.approx(expected, rel=1e-6)
    if has(model, "encode"):
        assert model.encode(inputs).dtype == "float64"
    if has(model, "sample") and getattr(model, "prior", True) is not None:
        assert np.isfinite(model.sample(2, seed=1)).all()
    if has(model, "log_weights"):
        assert model.log_weights(inputs, 2, seed=1).dtype == "float64"
    model.save(tmp_path / "model.keras")
    loaded = tfae.load(tmp_path / "model.keras")
    np.testing.assert_array_equal(loaded.predict(inputs, verbose=0), outputs)


@pytest.mark.usefixtures("doubles")
def test_traced_bounds_are_of_double_precision(vectors):
    networks = tfae.networks.variational(64, [8], 2)
    model = tfae.ImportanceWeightedAutoencoder(*networks, samples=2)
    model.compile("adam")
    stream = tf.data.Dataset.from_tensor_slices(vectors).batch(32)
    assert np.isfinite(model.fit(stream, shuffle=False, verbose=0).history["loss"][0])


@pytest.mark.usefixtures("doubles", "eager")
def test_models_of_labels_train_in_double_precision(vectors):
    labels = np.arange(64) % 3
    networks = tfae.networks.variational(64, [8], latent_dim=2, condition_dim=3)
    conditional = tfae.ConditionalVAE(*networks, num_classes=3)
    conditional.compile("adam")
    conditional.fit((vectors, labels), verbose=0)
    assert conditional.sample(2, 1, seed=1).dtype == "float64"
    classifier = tfae.Classifier(tfae.networks.dense(64, [8])[0], num_classes=3)
    classifier.compile("adam", "sparse_categorical_crossentropy")
    classifier.fit(vectors, labels, verbose=0)
    assert classifier.predict(vectors, verbose=0).dtype == "float64"
