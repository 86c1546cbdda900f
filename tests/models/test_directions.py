"""Every figure that a model reports tells Keras' callbacks which way is better."""

import contract
import keras
import pytest
from conftest import mostly_slow
from keras import ops

import tfae
from tfae.arguments import has
from tfae.recipes import RECIPES, quick

CLASSES = {recipe.model: recipe for recipe in (*RECIPES.values(), *quick.RECIPES)}
SOME = ("VariationalAutoencoder",)
UP = ("accuracy", "active_units", "elbo", "near_target", "perplexity", "usage")
pytestmark = pytest.mark.filterwarnings("ignore:Only .* layers are solved")


def watching(name, folder):
    """A callback of each kind that monitors a figure of the validation."""
    monitor = f"val_{name}"
    path = folder / f"{name}.weights.h5"
    yield keras.callbacks.ReduceLROnPlateau(monitor)
    yield keras.callbacks.ModelCheckpoint(
        path, monitor, save_best_only=True, save_weights_only=True
    )
    yield keras.callbacks.EarlyStopping(monitor)


@pytest.mark.usefixtures("eager")
@pytest.mark.parametrize(
    "recipe",
    mostly_slow(CLASSES.values(), *map(CLASSES.get, SOME)),
    ids=lambda one: one.model,
)
def test_callbacks_monitor_every_term_and_report_of_a_class(recipe, tmp_path):
    inputs, labels = contract.samples(recipe), contract.told(recipe)
    model = contract.new_model(recipe)
    names = contract.evaluate(model, inputs, labels, 64)
    callbacks = {name: [*watching(name, tmp_path)] for name in names}
    if has(model, "solved_layers"):  # which stop at none of their epochs
        callbacks = {name: given[:-1] for name, given in callbacks.items()}
    validation = inputs, inputs if labels is None else labels
    contract.fit(
        model,
        inputs,
        labels,
        epochs=2,
        validation_data=validation,
        callbacks=[one for given in callbacks.values() for one in given],
    )
    for name, given in callbacks.items():
        for one in given:
            assert one.monitor_op is (ops.greater if name in UP else ops.less), name


def test_what_says_the_directions_is_no_figure(vectors):
    model = tfae.StackedAutoencoder(64, [4])
    model.compile("adam", "mse", metrics=["mae"])
    model.fit(vectors, epochs=1, verbose=0)
    assert "directions" not in model.metrics_names
    assert "reconstruction" in model.metrics_names
