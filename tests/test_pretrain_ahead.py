"""Greedy pretraining ahead of `fit`: on what the layers below make of all inputs."""

import keras
import numpy as np
import pytest
from conftest import assert_same_weights
from stacks import Stop, changed, fit, kernels, new_model, noisy

import tfae
from tfae.pretraining import pretrain


@pytest.mark.slow
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


@pytest.mark.slow
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


@pytest.mark.slow
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


def test_a_backup_goes_when_its_training_ends(vectors, tmp_path):
    pretrain(new_model(), vectors, 1, backup_dir=tmp_path / "backup", verbose=0)
    assert not (tmp_path / "backup").exists()


@pytest.mark.slow
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
