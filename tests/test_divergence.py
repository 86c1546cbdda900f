"""A loss that is NaN or infinite ends a training and loses nothing."""

import dataclasses
import types

import keras
import numpy as np
import pytest
from conftest import assert_same_weights

import tfae
from tfae import datasets, training
from tfae.callbacks import divergence
from tfae.recipes import building


def test_diverged_training_leaves_the_old_model(recipe, digits, tmp_path):
    (tmp_path / "model.keras").write_text("old")
    recipe = dataclasses.replace(recipe, learning_rate=1e30, decay=None)
    recipe = building.override(recipe, {"output_activation": "linear"})
    kept = tmp_path / "last_good.keras"
    with pytest.raises(ValueError, match=rf"Training diverged.*smaller.*{kept}"):
        training.run(recipe, tmp_path, digits, verbose=0)
    assert (tmp_path / "model.keras").read_text() == "old"
    model = tfae.load(kept)
    model.optimizer.learning_rate = 1e-3
    losses = model.fit(digits.train.inputs[:64], epochs=2, verbose=0).history["loss"]
    assert np.isfinite(losses).all()
    calmer = dataclasses.replace(recipe, learning_rate=1e-3)
    training.run(calmer, tmp_path, digits, verbose=0)
    assert not kept.exists()


@pytest.mark.parametrize("epoch", [0, 2])
def test_a_loss_that_is_no_number_brings_the_last_good_weights_back(
    recipe, digits, epoch
):
    class Spoil(keras.callbacks.Callback):
        """Makes a weight infinite in the middle of an epoch."""

        def on_epoch_begin(self, number, logs=None):
            self.weights = self.model.get_weights()
            self.epoch = number

        def on_train_batch_end(self, batch, logs=None):
            if (self.epoch, batch) == (epoch, 2):
                self.model.decoder.layers[-1].bias.assign(np.full(64, np.nan))

    model = building.build(recipe, (64,))
    building.compile_model(model, recipe)
    spoil = Spoil()
    words = {0: "step 4 of epoch 1.*as it was before", 2: "3.*after epoch 2"}
    with pytest.raises(ValueError, match=words[epoch]):
        model.fit(
            datasets.batches(digits.train.inputs[:320], 64),
            epochs=5,
            shuffle=False,
            callbacks=[tfae.StopOnDivergence(), spoil],
            verbose=0,
        )
    for found, good in zip(model.get_weights(), spoil.weights, strict=True):
        np.testing.assert_array_equal(found, good)


def test_the_last_step_counts_too(digits):
    class Spoil(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            self.model.decoder.layers[-1].bias.assign(np.full(64, np.nan))

    model = tfae.Autoencoder(*tfae.networks.dense(64, [8]))
    model.compile("adam", "mse")
    model.build((None, 64))
    before = model.get_weights()
    callbacks = [tfae.StopOnDivergence(), Spoil()]
    with pytest.raises(ValueError, match="NaN or infinite weights by step 1 of"):
        model.fit(digits.train.inputs[:32], callbacks=callbacks, verbose=0)
    for found, good in zip(model.get_weights(), before, strict=True):
        np.testing.assert_array_equal(found, good)


def test_after_a_resumption_the_backup_is_what_was_good(recipe, digits, tmp_path):
    def fit(inputs, epochs):
        model = building.build(recipe, (64,))
        building.compile_model(model, recipe)
        backup = keras.callbacks.BackupAndRestore(tmp_path, delete_checkpoint=False)
        callbacks = [tfae.StopOnDivergence(), backup]
        model.fit(inputs, epochs=epochs, verbose=0, callbacks=callbacks)
        return model

    first = fit(digits.train.inputs[:64], 2)
    spoilt = np.full((64, 64), np.nan, "float32")
    with pytest.raises(ValueError, match="as it was after epoch 2") as raised:
        fit(spoilt, 3)
    model = raised.traceback[1].frame.f_locals["model"]
    assert_same_weights(model, first)


def test_a_model_keeps_its_further_optimizers_where_it_likes(vectors):
    class Halves(keras.Model):
        """Trains by an optimizer in a list, which makes its variables in a step."""

        def __init__(self):
            super().__init__()
            self.optimizers = [keras.optimizers.SGD(0.1, momentum=0.9)]
            self.layer = keras.layers.Dense(64)

        def call(self, inputs):
            return self.layer(inputs)

        def train_step(self, data):
            logs = super().train_step(data)
            gradients = [keras.ops.ones_like(self.layer.bias)]
            self.optimizers[0].apply(gradients, [self.layer.bias])
            return logs

    class Spoil(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch, logs=None):
            (other,) = self.model.optimizers
            if epoch == 2:
                self.good = [np.array(one) for one in other.variables]
                self.model.layer.bias.assign(np.full(64, np.nan))

    model, spoil = Halves(), Spoil()
    model(vectors)
    model.compile("adam", "mse", run_eagerly=True)
    callbacks = [tfae.StopOnDivergence(), spoil]
    with pytest.raises(ValueError, match="as it was after epoch 2"):
        model.fit(vectors, vectors, epochs=3, callbacks=callbacks, verbose=0)
    for found, good in zip(model.optimizers[0].variables, spoil.good, strict=True):
        np.testing.assert_array_equal(found, good)
    assert np.isfinite(model.layer.bias).all()


def diverged(inputs, arrays=True, **networks):
    """The message of a training that diverges on columns of different sizes."""
    model = tfae.Autoencoder(
        *tfae.networks.dense(4, [3], output_activation="linear", **networks)
    )
    model.compile(keras.optimizers.SGD(1.0), "mse", run_eagerly=True)
    data = inputs if arrays else datasets.batches(inputs, 16, shuffle=False)
    with pytest.raises(ValueError, match="Training diverged") as raised:
        model.fit(
            data,
            epochs=50,
            shuffle=False,
            callbacks=[tfae.StopOnDivergence()],
            verbose=0,
        )
    assert model.given_examples() is None
    return str(raised.value)


@pytest.mark.parametrize("arrays", [True, False])
def test_columns_of_different_sizes_are_named_with_the_scaling(arrays):
    inputs = np.random.default_rng(0).random((64, 4)).astype("float32")
    inputs[0, 2] = 1
    inputs[:, 2] *= 3e4
    message = diverged(inputs, arrays)
    assert "column 2 of the data are as large as 3e+04" in message
    assert "(x - x.mean(axis=0)) / x.std(axis=0)" in message


def test_columns_of_one_size_leave_the_learning_rate_to_blame():
    inputs = np.random.default_rng(0).random((64, 4)).astype("float32") * 1e4
    assert "smaller learning rate" in diverged(inputs)


def test_a_column_with_missing_values_is_named():
    inputs = np.random.default_rng(0).random((64, 4)).astype("float32")
    inputs[5, 1] = np.nan
    assert "Column 1 of the data holds NaN" in diverged(inputs)


def test_missing_values_are_told_of_a_model_that_scales_its_inputs():
    rows = np.ones((5, 3))
    model = types.SimpleNamespace(given_examples=lambda: rows, unwrapped=None)
    rows[0] = [1, 1e9, 1]
    assert "smaller learning rate" in divergence._advice(model)
    rows[2, 1] = np.nan
    assert "Column 1 of the data holds NaN" in divergence._advice(model)
