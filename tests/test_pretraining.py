"""Greedy pretraining: what trains when, what stays as it was, and how it goes on."""

import functools
import itertools

import keras
import numpy as np
import pytest
import tensorflow as tf
from conftest import assert_same_weights

import tfae
from tfae import datasets
from tfae.layers import MaskingNoise
from tfae.pretraining import pretrain

UNITS = [24, 12, 6]


def new_model(jit_compile=None, optimizer=None, **arguments):
    """Steps are run eagerly, since few are taken, unless `jit_compile` is given."""
    keras.utils.set_random_seed(3)
    arguments = {"activation": "elu", "output_activation": "linear", **arguments}
    model = tfae.StackedAutoencoder(64, UNITS, **arguments)
    model.compile(
        optimizer or keras.optimizers.Adam(0.01),
        "mse",
        run_eagerly=jit_compile is None,
        jit_compile=bool(jit_compile),
    )
    return model


def fit(model, inputs, pretraining, epochs=3, **options):
    options = {"batch_size": 64, "shuffle": False, "verbose": 0, **options}
    callbacks = [*options.pop("callbacks", [])]
    if pretraining is not None:
        callbacks.insert(0, pretraining)
    return model.fit(inputs, epochs=epochs, callbacks=callbacks, **options).history


def pretrained(ahead, model, inputs, epochs, learner=None, **options):
    """Rows of each stage, trained ahead of `fit` or in phases of it, by a switch."""
    if ahead:
        return pretrain(model, inputs, epochs, learner, verbose=0, **options)
    pretraining = tfae.GreedyPretraining(epochs, learner, **options)
    fit(model, inputs, pretraining, 3 * epochs)
    return pretraining.histories


def kernels(model):
    return [
        [np.array(w) for layer in pair for w in layer.weights] for pair in model.stages
    ]


class Snapshots(keras.callbacks.Callback):
    """The weights of each layer pair at the end of each epoch."""

    def on_train_begin(self, logs=None):
        self.taken = [kernels(self.model)]

    def on_epoch_end(self, epoch, logs=None):
        self.taken.append(kernels(self.model))


def changed(before, after):
    return [
        any((b != a).any() for b, a in zip(*pair, strict=True))
        for pair in zip(before, after, strict=True)
    ]


@pytest.mark.parametrize("jit_compile", [False, True])
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


def test_cached_layers_train_as_in_phases(vectors):
    options = {"epochs": [2, 1, 2], "learning_rate": [0.02, 0.01, 0.005]}
    phased, cached = new_model(), new_model()
    for model in (phased, cached):
        model.optimizer.weight_decay = 0.5
        model.optimizer.exclude_from_weight_decay(var_names=["bias"])
    pretraining = tfae.GreedyPretraining(**options)
    fit(phased, vectors, pretraining, 5)  # one batch, which has no order
    histories = pretrain(cached, vectors, **options, batch_size=64, verbose=0)
    for ours, theirs in zip(cached.weights, phased.weights, strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-5)
    for ours, theirs in zip(histories, pretraining.histories, strict=True):
        losses = [[row["loss"] for row in rows] for rows in (ours, theirs)]
        np.testing.assert_allclose(*losses, rtol=1e-4)


def test_inputs_of_the_callback_are_deprecated(vectors, tmp_path):
    model = new_model()
    options = {"batch_size": 32, "seed": 2, "verbose": 0}
    with pytest.warns(DeprecationWarning, match=r"Call tfae\.pretraining\.pretrain"):
        ahead = tfae.GreedyPretraining(
            1, noisy, inputs=vectors, backup_dir=tmp_path / "backup", **options
        )
    assert fit(model, vectors, ahead, epochs=0) == {}
    expected = new_model()
    assert ahead.histories == pretrain(expected, vectors, 1, noisy, **options)
    assert_same_weights(model, expected)
    assert not (tmp_path / "backup").exists()


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
@pytest.mark.parametrize("ahead", [False, True])
def test_learners_bring_their_terms(vectors, learner, term, ahead):
    model = new_model(activation="sigmoid", tie_weights=True)
    for rows in pretrained(ahead, model, vectors, 1, learner):
        assert rows[0][term] > 0
        total = rows[0][term] + rows[0]["reconstruction"]
        assert rows[0]["loss"] == pytest.approx(total, rel=1e-5)


def noisy(encoder, decoder):
    return tfae.DenoisingAutoencoder(encoder, decoder, MaskingNoise(0.3))


def sparse(encoder, decoder):
    return tfae.SparseAutoencoder(encoder, decoder, sparsity=1.0, momentum=0.9)


def machine(encoder, decoder):
    return tfae.RestrictedBoltzmannMachine(encoder, decoder, chains=5)


class Stop(Exception):
    """Stands for a kill."""


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
    [(1, noisy), (2, noisy), (3, noisy), (6, noisy), (3, sparse), (3, machine)],
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


def test_stopped_ahead_of_fit_it_ends_as_if_it_had_not(vectors, tmp_path, monkeypatch):
    whole = new_model()
    pretrain(whole, vectors, 3, noisy, verbose=0)
    fit(whole, vectors, None, 1)
    ends = []

    def stop(callback, epoch, logs=None):
        ends.append(epoch)
        if len(ends) == 5:  # after the second epoch of the second layer
            raise Stop

    with monkeypatch.context() as patch:
        patch.setattr(keras.callbacks.History, "on_epoch_end", stop)
        with pytest.raises(Stop):
            pretrain(new_model(), vectors, 3, noisy, backup_dir=tmp_path, verbose=0)
    resumed = new_model()
    rows = pretrain(resumed, vectors, 3, noisy, backup_dir=tmp_path, verbose=0)
    fit(resumed, vectors, None, 1)
    assert [len(one) for one in rows] == [3, 3, 3]
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


@pytest.mark.parametrize("before", [whole, phases, cached])
def test_pretraining_a_trained_model_says_so(vectors, before):
    model = new_model()
    before(model, vectors)
    with pytest.warns(UserWarning, match="trained before.*from the weights they have"):
        fit(model, vectors, tfae.GreedyPretraining(1))


def test_a_backup_goes_when_its_training_ends(vectors, tmp_path):
    pretrain(new_model(), vectors, 1, backup_dir=tmp_path / "backup", verbose=0)
    assert not (tmp_path / "backup").exists()


def test_the_order_of_inputs_follows_the_seed(vectors):
    models = {}
    for name, seed in (("one", 1), ("again", 1), ("two", 2)):
        models[name] = new_model(optimizer="sgd")
        pretrain(models[name], vectors, 1, batch_size=32, seed=seed, verbose=0)
    assert_same_weights(models["one"], models["again"])
    assert any(changed(kernels(models["one"]), kernels(models["two"])))


def test_callbacks_follow_the_layers_trained_on_inputs(vectors):
    seen = []
    callback = keras.callbacks.LambdaCallback(
        on_epoch_end=lambda epoch, logs: seen.append((epoch, [*logs]))
    )
    pretrain(new_model(), vectors, 2, callbacks=[callback], verbose=0)
    assert seen == 3 * [
        (0, ["loss", "reconstruction"]),
        (1, ["loss", "reconstruction"]),
    ]


def sequential(encoder, decoder):
    return keras.Sequential([encoder, decoder])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"epochs": 0}, "`epochs` must be a positive integer"),
        ({"epochs": [1, 2]}, "`epochs` must be one value, or one for each of 3 layers"),
        ({"epochs": 2}, "phases of pretraining take 6 epochs. Received: epochs=3"),
        *(
            ({"epochs": 1, **ahead}, "for layers that are trained on `inputs`")
            for ahead in ({"batch_size": 5}, {"callbacks": [Snapshots()]})
        ),
        ({"epochs": 1, "learner": "sparse"}, "`learner` must be a class, a function"),
        *(
            ({"epochs": 1, "learner": learner}, "a model of tfae that takes an encoder")
            for learner in (
                {"class_name": "Nonesuch"},
                {"class_name": "autoencoder"},
                {"class_name": "Classifier"},
                tfae.MarginalizedDenoisingAutoencoder,
                tfae.StackedAutoencoder,
            )
        ),
        (
            {"epochs": 1, "learner": {"class_name": "DenoisingAutoencoder"}},
            "DenoisingAutoencoder cannot be made of {}",
        ),
        (
            {"epochs": 1, "learner": {"class": "VQVAE"}},
            "A learner must be given as itself or as a dict of class_name and config",
        ),
        (
            {"epochs": 1, "learner": sequential},
            "must be an autoencoder of 64 features. Received: Sequential",
        ),
    ],
)
def test_bad_arguments_are_refused(vectors, arguments, message):
    with pytest.raises(ValueError, match=message):
        fit(new_model(), vectors, tfae.GreedyPretraining(**arguments))


def test_learners_must_rebuild_what_they_get(vectors):
    def narrow(encoder, decoder):
        return tfae.Autoencoder(encoder, keras.layers.Dense(5))

    with pytest.raises(ValueError, match=r"layer 1 must be .* 64 .*shape \(None, 5\)"):
        fit(new_model(), vectors, tfae.GreedyPretraining(1, narrow))


def test_models_without_stages_are_refused(vectors):
    model = tfae.Autoencoder(*tfae.networks.dense(64, [8]))
    model.compile("adam", "mse")
    with pytest.raises(ValueError, match="a model with `stages`"):
        fit(model, vectors, tfae.GreedyPretraining(1))


@pytest.mark.parametrize("rate", [-1.0, "0.5", float("nan"), True])
def test_learning_rates_are_numbers(rate):
    with pytest.raises(ValueError, match="`learning_rate` must be a number > 0"):
        tfae.GreedyPretraining(1, learning_rate=rate)


def test_a_schedule_cannot_be_replaced(vectors):
    model = new_model()
    model.compile(
        keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(0.01, 10)), "mse"
    )
    with pytest.raises(ValueError, match="cannot replace a schedule"):
        fit(model, vectors, tfae.GreedyPretraining(1, learning_rate=0.1))
    fit(model, vectors, tfae.GreedyPretraining(1))


def test_learners_have_no_weights_of_their_own(vectors):
    def other(encoder, decoder):
        return tfae.Autoencoder(encoder, keras.layers.Dense(decoder.units))

    with pytest.raises(ValueError, match="train the layers it is given and no others"):
        fit(new_model(), vectors, tfae.GreedyPretraining(1, other))


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
