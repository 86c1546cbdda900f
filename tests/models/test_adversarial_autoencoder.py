"""Adversarial autoencoders: who trains what, and what the codes become."""

import keras
import numpy as np
import pytest
import tensorflow as tf

import tfae
from tfae import priors

RATES = {"autoencoder": 0.3, "discriminator": 0.2, "generator": 0.1}


def toy(rates, **arguments):
    """Linear networks from 3 features to 2 codes, judged by a logistic regression."""
    keras.utils.set_random_seed(0)
    pair = tfae.networks.dense(
        3, [2], code_activation="linear", output_activation="linear"
    )
    sgd = keras.optimizers.SGD
    optimizers = {name: sgd(rates.get(name, 0.0)) for name in list(RATES)[1:]}
    model = tfae.AdversarialAutoencoder(
        *pair, discriminator=(), optimizers=optimizers, **arguments
    )
    model.compile(sgd(rates.get("autoencoder", 0.0)), "mse", run_eagerly=True)
    model.build((None, 3))
    generator = np.random.default_rng(0)
    model.set_weights([generator.normal(size=w.shape) for w in model.get_weights()])
    return model


def variables(model):
    return {
        "encoder": [one.numpy() for one in model.encoder.weights],
        "decoder": [one.numpy() for one in model.decoder.weights],
        "discriminator": [one.numpy() for one in model.discriminators[0].weights],
    }


@pytest.mark.parametrize(
    ("part", "moved"),
    [
        ("autoencoder", {"encoder", "decoder"}),
        ("discriminator", {"discriminator"}),
        ("generator", {"encoder"}),
    ],
)
def test_each_part_of_a_step_moves_its_own_variables(part, moved):
    model = toy({part: RATES[part]})
    before = variables(model)
    inputs = np.random.default_rng(1).normal(size=(8, 3)).astype("float32")
    model.fit(inputs, batch_size=8, verbose=0)
    changed = {
        name
        for name, values in variables(model).items()
        if any((a != b).any() for a, b in zip(values, before[name], strict=True))
    }
    assert changed == moved


def test_regularizers_of_the_discriminator_are_minimized():
    judge = keras.Sequential(
        [keras.Input((2,)), keras.layers.Dense(1, kernel_regularizer="l2")]
    )
    pair = tfae.networks.dense(3, [2], code_activation="linear")
    model = tfae.AdversarialAutoencoder(*pair, discriminator=judge)
    model.compile(keras.optimizers.SGD(1.0), "mse", run_eagerly=True)
    inputs = np.zeros((8, 3), "float32")
    model(inputs)
    model.encoder.trainable = False
    kernel = judge.layers[-1].kernel
    kernel.assign([[30.0], [-30.0]])
    before = np.abs(kernel)
    logs = model.train_on_batch(inputs, return_dict=True)
    assert logs["regularization"] > 15
    # By 2 λ w of each, and by little of the loss.
    np.testing.assert_allclose(np.abs(kernel), 0.98 * before, atol=1.0)
    assert (np.abs(kernel) < before).all()


def logistic(values):
    return 1 / (1 + np.exp(-values))


def test_a_step_is_that_of_the_formulas():
    model = toy(RATES)
    inputs = np.random.default_rng(1).normal(size=(8, 3))
    (w, b), (v, c), (d, e) = (
        [one.astype("float64") for one in values]
        for values in variables(model).values()
    )
    batch = model.prepare(tf.constant(inputs, "float32"))
    real = batch.drawn["noise"].numpy().astype("float64")
    logs = {name: float(one) for name, one in model.update(batch).items()}
    # Reconstruction: the mean of the squares of codes v + c − x.
    codes = inputs @ w + b
    errors = codes @ v + c - inputs
    assert logs["reconstruction"] == pytest.approx(np.mean(errors**2), rel=1e-5)
    slopes = 2 * errors / errors.size
    of_codes = slopes @ v.T
    v, c = v - 0.3 * codes.T @ slopes, c - 0.3 * slopes.sum(axis=0)
    w, b = w - 0.3 * inputs.T @ of_codes, b - 0.3 * of_codes.sum(axis=0)
    # The discriminator: logistic regression between the prior and the codes.
    codes = inputs @ w + b
    ours, theirs = real @ d + e, codes @ d + e
    expected = np.mean(np.log1p(np.exp(-ours))) + np.mean(np.log1p(np.exp(theirs)))
    assert logs["discriminator"] == pytest.approx(expected, rel=1e-5)
    right = np.concatenate([ours > 0, theirs < 0])
    assert logs["discriminator_accuracy"] == pytest.approx(right.mean())
    of_ours, of_theirs = -logistic(-ours) / 8, logistic(theirs) / 8
    d = d - 0.2 * (real.T @ of_ours + codes.T @ of_theirs)
    e = e - 0.2 * (of_ours + of_theirs).sum(axis=0)
    # The encoder: up the logits of its codes.
    theirs = codes @ d + e
    expected = np.mean(np.log1p(np.exp(-theirs)))
    assert logs["generator"] == pytest.approx(expected, rel=1e-5)
    of_codes = -logistic(-theirs) / 8 @ d.T
    w, b = w - 0.1 * inputs.T @ of_codes, b - 0.1 * of_codes.sum(axis=0)
    found = variables(model)
    for name, pair in {
        "encoder": (w, b),
        "decoder": (v, c),
        "discriminator": (d, e),
    }.items():
        for ours, theirs in zip(found[name], pair, strict=True):
            np.testing.assert_allclose(ours, theirs, rtol=1e-4, atol=1e-6)


@pytest.mark.slow
def test_codes_come_to_pass_for_the_prior():
    keras.utils.set_random_seed(1)
    inputs = np.random.default_rng(0).uniform(size=(512, 2)).astype("float32") ** 2
    encoder, decoder = tfae.networks.dense(
        2, [32, 2], code_activation="linear", output_activation="linear"
    )
    model = tfae.AdversarialAutoencoder(encoder, decoder, discriminator=(32, 32))
    model.compile(keras.optimizers.Adam(3e-3, beta_1=0.5), "mse")
    model(inputs)
    before = np.array(model.encode(inputs))
    model.fit(inputs, batch_size=64, epochs=40, verbose=0)
    codes = np.array(model.encode(inputs))
    assert abs(before.std(axis=0) - 1).min() > 0.3
    assert abs(codes.mean(axis=0)).max() < 0.4
    assert abs(codes.std(axis=0) - 1).max() < 0.3


def test_it_is_measured_whether_codes_can_be_told_from_the_prior(digits):
    pair = tfae.networks.dense(64, [2], code_activation="linear")
    model = tfae.AdversarialAutoencoder(*pair, discriminator=(8,))
    model.compile(loss="mse", run_eagerly=True)
    model(digits.test.inputs)
    measure = model.measures["prior"]
    layer = model.encoder.layers[-1]
    layer.bias.assign([9.0, 9.0])
    assert measure(model, digits.test)["prior_accuracy"] > 0.95
    # Around zero, where no line parts them.
    codes = np.array(model.encode(digits.test.inputs))
    layer.bias.assign(9.0 - codes.mean(axis=0))
    assert measure(model, digits.test)["prior_accuracy"] < 0.65


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"prior": "gaussian_ring"}, "codes of 2 numbers. Received: .* codes of 3"),
        ({"prior": priors.Gaussian(4)}, "codes of 4 numbers"),
        ({"prior": "triangle"}, "`prior` must be one of gaussian, uniform"),
        ({"label_conditioned": True}, "Gaussian, which has none"),
        ({"discriminator": "wide"}, "`discriminator` must be a sequence"),
    ],
)
def test_other_arguments_are_refused(arguments, message):
    pair = tfae.networks.dense(8, [3])
    with pytest.raises(ValueError, match=message):
        model = tfae.AdversarialAutoencoder(
            *pair, **{"discriminator": (4,), **arguments}
        )
        model.build((None, 8))
        model.fit(np.zeros((10, 8)), np.arange(10))


def test_codes_of_several_axes_are_refused():
    pair = tfae.networks.convolutional((8, 8, 1), [4])
    with pytest.raises(ValueError, match="Give the network a latent_dim"):
        tfae.AdversarialAutoencoder(*pair).build((None, 8, 8, 1))


def test_a_discriminator_of_its_own_is_saved(vectors, tmp_path):
    judge = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    pair = tfae.networks.dense(64, [2], code_activation="linear")
    model = tfae.AdversarialAutoencoder(*pair, discriminator=judge)
    model.compile(loss="mse", run_eagerly=True)
    model.fit(vectors[:64], verbose=0)
    model.save(tmp_path / "model.keras")
    loaded = tfae.load(tmp_path / "model.keras")
    np.testing.assert_array_equal(
        loaded.discriminators[0].get_weights()[0], judge.get_weights()[0]
    )


def test_the_loss_that_is_nan_is_named(vectors):
    pair = tfae.networks.dense(64, [2], code_activation="linear")
    optimizers = {"discriminator": keras.optimizers.SGD(1e38)}
    model = tfae.AdversarialAutoencoder(
        *pair, discriminator=(8,), optimizers=optimizers
    )
    model.compile(loss="mse", run_eagerly=True)
    with pytest.raises(ValueError, match="generator is nan by step 1 of epoch 1"):
        model.fit(
            vectors[:96], callbacks=[tfae.StopOnDivergence()], batch_size=32, verbose=0
        )
