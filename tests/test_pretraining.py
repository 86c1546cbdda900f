"""Greedy pretraining: what trains when, what stays as it was, and how it goes on."""

import functools
import itertools

import keras
import numpy as np
import pytest
import tensorflow as tf
from conftest import assert_same_weights, slow
from stacks import Snapshots, Stop, changed, fit, kernels, new_model, noisy

import tfae
from tfae import datasets
from tfae.pretraining import pretrain


def pretrained(ahead, model, inputs, epochs, learner=None, **options):
    """Rows of each stage, trained ahead of `fit` or in phases of it, by a switch."""
    if ahead:
        return pretrain(model, inputs, epochs, learner, verbose=0, **options)
    pretraining = tfae.GreedyPretraining(epochs, learner, **options)
    fit(model, inputs, pretraining, 3 * epochs)
    return pretraining.histories


@pytest.mark.parametrize("jit_compile", [False, slow(True)])
def test_a_phase_changes_its_own_pair_and_nothing_else(vectors, jit_compile):
    model, snapshots = new_model(jit_compile, "sgd"), Snapshots()
    pretraining = tfae.GreedyPretraining([1, 2, 1])
    history = fit(model, vectors, pretraining, 5, callbacks=[snapshots])
    taken = snapshots.taken
    found = [changed(*pair) for pair in itertools.pairwise(taken)]
    first, second, third = np.eye(3, dtype=bool).tolist()
    assert found == [first, second, second, third, [True] * 3]
    assert history["layer"] == [1, 2, 2, 3, 0]
    assert [len(rows) for rows in pretraining.histories] == [1, 2, 1]
    assert model.phase is None


def test_a_phase_is_the_training_of_a_shallow_model(vectors):
    model = new_model()
    shallow = tfae.Autoencoder(keras.layers.Dense(24, "elu"), keras.layers.Dense(64))
    shallow.compile(keras.optimizers.Adam(0.01), "mse")
    shallow.build((None, 64))
    outer, inner = model.stages[0], model.stages[1]
    shallow.set_weights([w for layer in outer for w in layer.get_weights()])
    expected = shallow.fit(
        vectors, batch_size=64, epochs=2, shuffle=False, verbose=0
    ).history
    other = tfae.Autoencoder(
        keras.layers.Dense(12, "elu"), keras.layers.Dense(24, "elu")
    )
    other.compile(keras.optimizers.Adam(0.01), "mse")
    other.build((None, 24))
    other.set_weights([w for layer in inner for w in layer.get_weights()])
    more = other.fit(
        shallow.encode(vectors), batch_size=64, epochs=2, shuffle=False, verbose=0
    ).history
    history = fit(model, vectors, tfae.GreedyPretraining(2), 6)
    np.testing.assert_allclose(
        history["loss"][:4], expected["loss"] + more["loss"], rtol=1e-5
    )
    for ours, theirs in zip(
        inner[0].get_weights(), other.encoder.get_weights(), strict=True
    ):
        np.testing.assert_allclose(ours, theirs, atol=1e-5)


@pytest.mark.slow
def test_data_sets_and_validation_data_are_taken(vectors):
    stream = tf.data.Dataset.from_tensor_slices((vectors, vectors)).batch(32)
    model = new_model(jit_compile=False, optimizer="sgd")
    history = fit(
        model,
        stream,
        tfae.GreedyPretraining(1),
        4,
        batch_size=None,
        validation_data=stream,
    )
    assert len(set(history["val_loss"])) == 4
    values = model.evaluate(vectors, verbose=0, return_dict=True)
    assert history["val_loss"][-1] == pytest.approx(values["loss"], rel=1e-5)
    other = new_model()
    pretrain(other, stream, 1, verbose=0)
    assert all(changed(kernels(new_model()), kernels(other)))


@pytest.mark.parametrize(
    ("learner", "term"),
    [
        (tfae.SparseAutoencoder, "sparsity"),
        (tfae.ContractiveAutoencoder, "contraction"),
        ({"class_name": "SparseAutoencoder", "config": {"sparsity": 1.0}}, "sparsity"),
    ],
    ids=str,
)
@pytest.mark.parametrize("ahead", [False, slow(True)])
def test_learners_bring_their_terms(vectors, learner, term, ahead):
    model = new_model(activation="sigmoid", tie_weights=True)
    for rows in pretrained(ahead, model, vectors, 1, learner):
        assert rows[0][term] > 0
        total = rows[0][term] + rows[0]["reconstruction"]
        assert rows[0]["loss"] == pytest.approx(total, rel=1e-5)


def sparse(encoder, decoder):
    return tfae.SparseAutoencoder(encoder, decoder, sparsity=1.0, momentum=0.9)


def machine(encoder, decoder):
    return tfae.RestrictedBoltzmannMachine(encoder, decoder, chains=5)


class StopAt(keras.callbacks.Callback):
    def __init__(self, epoch):
        super().__init__()
        self.epoch = epoch

    def on_epoch_begin(self, epoch, logs=None):
        if epoch == self.epoch:
            raise Stop


@functools.cache
def never_stopped(learner, **units):
    """A model whose training is not stopped, to compare with."""
    model = new_model(**units)
    vectors = datasets.load("digits").train.inputs[:64]
    fit(model, vectors, tfae.GreedyPretraining(learner=learner, **STAGES), 7)
    return model


STAGES = {"epochs": 2, "learning_rate": [0.02, 0.01, 0.01]}


@pytest.mark.parametrize(
    ("epoch", "learner"),
    [
        slow(3, sparse),
        *(slow(epoch, noisy) for epoch in (1, 2, 3, 6)),
        slow(3, machine),
    ],
)
def test_stopped_within_a_phase_it_ends_as_if_it_had_not(
    vectors, tmp_path, epoch, learner
):
    options = {**STAGES, "learner": learner}
    units = {"activation": "sigmoid", "output_activation": "sigmoid"}
    units["tie_weights"] = learner is machine
    whole = never_stopped(learner, **units)
    backup = keras.callbacks.BackupAndRestore(tmp_path / "backup")
    stopped = new_model(**units)
    with pytest.raises(Stop):
        fit(
            stopped,
            vectors,
            tfae.GreedyPretraining(**options),
            7,
            callbacks=[StopAt(epoch), backup],
        )
    assert stopped.phase is None  # what comes next is of the whole stack
    resumed = new_model(**units)
    backup = keras.callbacks.BackupAndRestore(tmp_path / "backup")
    history = fit(
        resumed, vectors, tfae.GreedyPretraining(**options), 7, callbacks=[backup]
    )
    assert len(history["loss"]) == 7 - epoch
    assert_same_weights(resumed, whole)


def test_the_model_saves_in_the_middle(vectors, tmp_path):
    class Save(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            self.model.save(tmp_path / f"{epoch}.keras")

    fit(new_model(), vectors, tfae.GreedyPretraining(1), 3, callbacks=[Save()])
    loaded = tfae.load(tmp_path / "1.keras")
    assert loaded.phase is None
    loaded.fit(vectors, verbose=0)


def whole(model, vectors):
    model.fit(vectors, verbose=0)


def phases(model, vectors):
    fit(model, vectors, tfae.GreedyPretraining(1), 3)


def cached(model, vectors):
    pretrain(model, vectors, 1, verbose=0)


@pytest.mark.parametrize("before", [whole, slow(phases), slow(cached)])
def test_pretraining_a_trained_model_says_so(vectors, before):
    model = new_model()
    before(model, vectors)
    with pytest.warns(UserWarning, match="trained before.*from the weights they have"):
        fit(model, vectors, tfae.GreedyPretraining(1))


def test_a_fit_that_ends_in_a_phase_leaves_the_compiled_optimizer(vectors):
    model = new_model()
    rates = [0.01, 0.01, 0.5]
    fit(model, vectors, tfae.GreedyPretraining(1, learning_rate=rates), 3)
    assert float(model.optimizer.learning_rate) == pytest.approx(0.01)
    assert int(model.optimizer.iterations) == 0
    stopped = new_model()
    with pytest.raises(Stop):
        fit(
            stopped,
            vectors,
            tfae.GreedyPretraining(1, learning_rate=0.5),
            callbacks=[StopAt(1)],
        )
    assert float(stopped.optimizer.learning_rate) == pytest.approx(0.01)


@pytest.mark.parametrize("ahead", [False, True])
def test_a_layer_that_diverges_stops_the_training(vectors, ahead):
    spoilt = vectors.copy()
    spoilt[40] = np.nan
    model = new_model()
    before = model.get_weights()
    with pytest.raises(ValueError, match=r"Training diverged.*of epoch 1"):
        if ahead:
            pretrain(model, spoilt, 1, verbose=0)
        else:
            callbacks = [tfae.StopOnDivergence()]
            fit(model, spoilt, tfae.GreedyPretraining(1), callbacks=callbacks)
    for found, good in zip(model.get_weights(), before, strict=True):
        np.testing.assert_array_equal(found, good)


@pytest.mark.slow
@pytest.mark.parametrize("ahead", [False, True])
def test_half_precision_trains_layers_too(vectors, ahead):
    keras.config.set_dtype_policy("mixed_float16")
    try:
        model = new_model()
        histories = pretrained(ahead, model, vectors, 2, learning_rate=0.02)
        fit(model, vectors, None, 1)
        with pytest.warns(UserWarning, match="trained before"):
            pretrained(ahead, model, vectors, 1)
    finally:
        keras.config.set_dtype_policy("float32")
    for rows in histories:
        assert rows[1]["loss"] < rows[0]["loss"]


def test_a_history_has_a_value_an_epoch_of_every_name(vectors):
    model = new_model()
    model.compile("adam", "mse", metrics=["mae"], run_eagerly=True)
    pretraining = tfae.GreedyPretraining(1)
    history = fit(model, vectors, pretraining, 5, validation_data=(vectors, vectors))
    assert {len(values) for values in history.values()} == {5}
    assert np.isnan(history["mae"][:3]).all()
    assert np.isfinite(history["mae"][3:] + history["loss"]).all()
