"""Parametric t-SNE: what it minimizes, and what it refuses."""

import keras
import numpy as np
import pytest
import tensorflow as tf

import tfae
from tfae import affinities
from tfae.evaluation import maps


def new_model(units=(16, 2), eager=True, **options):
    keras.utils.set_random_seed(0)
    encoder, decoder = tfae.networks.dense(
        64, units, "sigmoid", code_activation="linear", tie_weights=True
    )
    model = tfae.ParametricTSNE(encoder, decoder, **{"perplexity": 5, **options})
    model.compile(keras.optimizers.Adam(0.01), run_eagerly=eager)
    return model


@pytest.mark.parametrize("dimensions", [1, 2, 4])
def test_the_loss_is_the_divergence_of_the_batch(vectors, dimensions):
    model = new_model((16, dimensions))
    found = model.evaluate(vectors, batch_size=64, verbose=0)[0]
    similarities = affinities.joint(tf.constant(vectors), 5.0)
    shares = affinities.divergences(
        similarities, model.encode(vectors), max(1, dimensions - 1)
    )
    assert found == pytest.approx(float(tf.reduce_sum(shares)), rel=1e-5)


def test_neighbourhoods_of_the_targets_are_kept(vectors):
    model = new_model()
    noisy = vectors + 0.1 * np.random.default_rng(0).normal(size=vectors.shape)
    found = model.evaluate(noisy, vectors, batch_size=64, verbose=0)[0]
    similarities = affinities.joint(tf.constant(vectors), 5.0)
    shares = affinities.divergences(similarities, model.encode(noisy), 1)
    assert found == pytest.approx(float(tf.reduce_sum(shares)), rel=1e-5)


def test_weights_of_examples_weigh_their_shares(vectors):
    model = new_model()
    weights = np.arange(64) / 32
    found = model.evaluate(
        vectors, sample_weight=weights, batch_size=64, verbose=0, return_dict=True
    )
    similarities = affinities.joint(tf.constant(vectors), 5.0)
    shares = affinities.divergences(similarities, model.encode(vectors), 1)
    expected = float(np.sum(weights * np.array(shares)))
    assert found["divergence"] == pytest.approx(expected, rel=1e-5)


@pytest.mark.slow
def test_maps_of_new_examples_keep_their_neighbourhoods(digits):
    model = new_model((128, 128, 2), eager=False, perplexity=10)
    before = maps.kept(digits.test.inputs, model.predict(digits.test.inputs, verbose=0))
    model.fit(digits.train.inputs, batch_size=250, epochs=100, verbose=0)
    mapped = model.predict(digits.test.inputs, verbose=0)
    after = maps.kept(digits.test.inputs, mapped)
    assert after["trustworthiness"] > max(0.9, before["trustworthiness"] + 0.05)
    assert maps.nearest_neighbour_error(mapped, digits.test.labels) < 0.2


def test_layers_are_pretrained_by_machines(vectors):
    machine = {"class_name": "RestrictedBoltzmannMachine", "config": {}}
    model = new_model((16, 8, 2))
    model.build((None, 64))
    before = model.get_weights()
    histories = tfae.pretraining.pretrain(
        model, vectors, epochs=2, learner=machine, loss="mse", batch_size=32, verbose=0
    )
    assert [len(rows) for rows in histories] == [2, 2, 2]
    assert all("divergence" in rows[0] for rows in histories)
    kernels = [
        (old != new).any()
        for old, new in zip(before, model.get_weights(), strict=True)
        if old.ndim == 2
    ]
    assert all(kernels)


def test_pretraining_can_be_part_of_fit(vectors, tmp_path):
    model = new_model((16, 2))
    pretraining = tfae.GreedyPretraining(epochs=1, loss="mse")
    history = model.fit(
        vectors, batch_size=32, epochs=4, callbacks=[pretraining], verbose=0
    ).history
    assert history["layer"] == [1, 2, 0, 0]
    assert np.isnan(history["divergence"][:2]).all()
    assert np.isfinite(history["divergence"][2:]).all()
    model.save(tmp_path / "model.keras")
    loaded = tfae.load(tmp_path)
    np.testing.assert_array_equal(loaded.encode(vectors), model.encode(vectors))
    assert len(loaded.stages) == 2


def test_the_decoder_learns_nothing_of_the_divergence(vectors):
    model = new_model()
    model.build((None, 64))
    biases = [layer.bias for layer in tfae.networks.dense_layers(model.decoder)]
    model.fit(vectors, batch_size=32, verbose=0)
    for bias in biases:
        np.testing.assert_array_equal(bias, 0)


def test_any_encoder_will_do(vectors, tmp_path):
    images = vectors.reshape(-1, 8, 8, 1)
    encoder, _ = tfae.networks.convolutional((8, 8, 1), [4], latent_dim=2)
    model = tfae.ParametricTSNE(encoder, perplexity=5)
    model.compile("adam", run_eagerly=True)
    model.fit(images, batch_size=32, verbose=0)
    model.save(tmp_path / "model.keras")
    loaded = tfae.load(tmp_path)
    np.testing.assert_array_equal(loaded.encode(images), model.encode(images))
    with pytest.raises(ValueError, match="no stages, since it has no decoder"):
        tfae.pretraining.pretrain(model, images, epochs=1)


def test_a_decoder_must_mirror_the_encoder(vectors):
    encoder, _ = tfae.networks.dense(64, [16, 8, 2])
    _, decoder = tfae.networks.dense(64, [16, 2])
    model = tfae.ParametricTSNE(encoder, decoder, perplexity=5)
    model.compile("adam", run_eagerly=True)
    with pytest.raises(ValueError, match="3 dense layers and 2"):
        tfae.pretraining.pretrain(model, vectors, epochs=1, loss="mse")


def test_batches_too_small_for_the_perplexity_are_refused(vectors):
    model = new_model(perplexity=30)
    message = "at most a third of the other points. Received: perplexity=30 for"
    batches = tf.data.Dataset.from_tensor_slices(vectors).batch(48, True)
    for arguments in ({"x": vectors}, {"x": vectors, "batch_size": 64}, {"x": batches}):
        with pytest.raises(ValueError, match=message):
            model.fit(**arguments)
    with pytest.raises(ValueError, match="for 32 examples in a batch"):
        new_model(perplexity=15).fit(vectors, batch_size=64, validation_split=0.5)
    model.build((None, 64))
    assert model.encode(vectors[:1]).shape == (1, 2)
    model.check_inputs(vectors[:1])


def test_labels_are_refused(vectors):
    with pytest.raises(ValueError, match="Leave labels out"):
        new_model().fit(vectors, np.arange(64), batch_size=64)


@pytest.mark.parametrize("kind", ["metrics", "weighted_metrics"])
def test_metrics_are_refused(vectors, kind):
    model = new_model()
    model.compile("adam", **{kind: ["mse"]})
    with pytest.raises(ValueError, match="compiled with metrics"):
        model.fit(vectors, batch_size=64)
    with pytest.raises(ValueError, match="compiled with metrics"):
        model.evaluate(vectors, batch_size=64)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"perplexity": 1}, "`perplexity` must be a number > 1"),
        ({"degrees_of_freedom": 0}, "`degrees_of_freedom` must be"),
    ],
)
def test_other_arguments_are_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        new_model(**arguments)


def test_codes_must_be_vectors(vectors):
    with pytest.raises(ValueError, match="`encoder` must be a Keras model or layer"):
        tfae.ParametricTSNE("encoder")
    model = tfae.ParametricTSNE(keras.layers.Reshape((8, 8)))
    with pytest.raises(ValueError, match="Codes must be vectors"):
        model.build((None, 64))
