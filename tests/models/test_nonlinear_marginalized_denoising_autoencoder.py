"""The marginalized objective against its formula, and against explicit noise."""

import keras
import numpy as np
import oracles
import pytest
import tensorflow as tf
from conftest import assert_near, slow

import tfae
from tfae import losses

LOSSES = {
    # Loss, output activation, and the second derivative by what it is given.
    "squared": (losses.SummedSquaredError, "linear", lambda y: 2 * np.ones_like(y)),
    "cross": (losses.SummedBinaryCrossentropy, "sigmoid", lambda y: y * (1 - y)),
}


def new_model(loss, tie_weights=False, **arguments):
    loss, output_activation, _ = LOSSES[loss]
    encoder, decoder = tfae.networks.dense(
        64, [5], "sigmoid", None, output_activation, tie_weights
    )
    model = tfae.NonlinearMarginalizedDenoisingAutoencoder(
        encoder, decoder, **arguments
    )
    model.compile("adam", loss=loss())
    return model


def term(model, vectors):
    return model.loss_terms(vectors, vectors, True)[1]["marginalization"]


@pytest.mark.parametrize("tie_weights", [True, slow(False)])
@pytest.mark.parametrize("noise", [("gaussian", 0.3), ("masking", 0.25)])
@pytest.mark.parametrize("loss", LOSSES)
def test_the_term_and_its_gradient_are_those_of_the_formula(
    loss, noise, tie_weights, vectors
):
    inputs = vectors[:6]
    model = new_model(loss, tie_weights, noise=noise[0], level=noise[1])
    kernel = np.array(model.encoder.layers[0].kernel, "float64")
    other = None if tie_weights else np.array(model.decoder.layers[0].kernel, "float64")
    variances = np.full_like(inputs, noise[1] ** 2)
    if noise[0] == "masking":
        variances = inputs**2 * 0.25 / 0.75
    _, activation, curvature = LOSSES[loss]

    def expected(kernel):
        decoder = kernel.T if tie_weights else other
        codes = oracles.sigmoid(inputs @ kernel)
        outputs = getattr(oracles, activation)(codes @ decoder)
        total = 0.0
        for h, y, variance in zip(codes, outputs, variances, strict=True):
            for unit in range(5):
                bend = sum(curvature(y) * decoder[unit] ** 2)
                slopes = h[unit] * (1 - h[unit]) * kernel[:, unit]
                total += 0.5 * bend * sum(variance * slopes**2)
        return total / len(inputs)

    with tf.GradientTape() as tape:
        value = term(model, inputs)
    assert float(value) == pytest.approx(expected(kernel), rel=1e-5)
    gradient = tape.gradient(value, model.encoder.layers[0].kernel.value)
    slopes = oracles.finite_difference(expected, kernel)
    assert_near(gradient, slopes)


def test_with_one_linear_unit_it_is_the_expected_loss_of_explicit_noise(vectors):
    encoder, decoder = tfae.networks.dense(64, [1], "linear", None, "linear")
    model = tfae.NonlinearMarginalizedDenoisingAutoencoder(
        encoder, decoder, "masking", 0.25
    )
    model.compile(loss=losses.SummedSquaredError())
    _, terms = model.loss_terms(vectors, vectors, False)
    expected = float(sum(terms.values()))
    noisy = keras.layers.Dropout(0.25, seed=1)
    repeated = np.tile(vectors, (400, 1))
    outputs = np.array(model(noisy(repeated, training=True)))
    errors = np.sum((outputs - repeated) ** 2, axis=1)
    draws = errors.reshape(400, len(vectors)).mean(axis=1)
    error = np.std(draws) / np.sqrt(len(draws))
    assert np.mean(draws) == pytest.approx(expected, abs=3 * error)
    assert error < 0.1 * float(terms["marginalization"])


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"noise": "salt"}, "`noise` must be one of"),
        ({"noise": "masking", "level": 1}, r"must be in \(0, 1\)"),
        ({"noise": "gaussian", "level": 0}, "must be > 0"),
    ],
    ids=str,
)
def test_arguments_have_ranges(arguments, words):
    with pytest.raises(ValueError, match=words):
        new_model("squared", **arguments)


def test_networks_of_several_layers_are_refused():
    one = tfae.networks.dense(64, [5], "sigmoid")
    two = tfae.networks.dense(64, [9, 5], "sigmoid")
    elu = tfae.networks.dense(64, [5], "elu")
    for encoder, decoder, words in (
        (two[0], one[1], "`encoder` must be one dense layer"),
        (elu[0], one[1], "`encoder` must be one dense layer"),
        (one[0], two[1], "`decoder` must be one dense layer"),
    ):
        with pytest.raises(ValueError, match=words):
            tfae.NonlinearMarginalizedDenoisingAutoencoder(encoder, decoder)
