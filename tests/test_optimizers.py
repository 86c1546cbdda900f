"""Optimizers that Keras has otherwise."""

import keras
import numpy as np
import pytest
import tensorflow as tf

import tfae
from legacy_tf1_ports import _graph
from tfae.optimizers import TF1RMSprop

v1 = tf.compat.v1


def moved(gradients, rate=0.01, rho=0.9, epsilon=1e-10, momentum=0.0, centered=False):
    """Where RMSProp of TF1 moves a weight of 0 by some gradients."""
    weight, squares, average, step = 0.0, 1.0, 0.0, 0.0
    for gradient in gradients:
        squares = rho * squares + (1 - rho) * gradient**2
        average = rho * average + (1 - rho) * gradient
        root = np.sqrt(squares - centered * average**2 + epsilon)
        step = momentum * step + rate * gradient / root
        weight -= step
    return weight


@pytest.mark.parametrize(
    "options", [{}, {"momentum": 0.5}, {"centered": True}, {"rho": 0.5, "epsilon": 0.1}]
)
def test_mean_squares_begin_at_one(options):
    gradients = [3.0, -1.0, 0.5]
    weight = keras.Variable(0.0)
    optimizer = TF1RMSprop(0.01, **options)
    for gradient in gradients:
        optimizer.apply([tf.constant(gradient)], [weight])
    assert float(weight.value) == pytest.approx(moved(gradients, **options), rel=1e-5)


def test_a_first_step_is_that_of_gradient_descent_where_keras_takes_a_full_one():
    small = 0.1
    ours, theirs = keras.Variable(0.0), keras.Variable(0.0)
    TF1RMSprop(0.01).apply([tf.constant(small)], [ours])
    keras.optimizers.RMSprop(0.01).apply([tf.constant(small)], [theirs])
    assert float(ours.value) == pytest.approx(-0.01 * small / 0.901**0.5, rel=1e-5)
    assert float(theirs.value) == pytest.approx(-0.01 / 0.1**0.5, rel=0.01)


def test_it_moves_weights_as_tf1_does():
    gradients = np.random.default_rng(0).normal(size=(20, 3))
    with _graph.session(0) as session:
        variable = v1.Variable(np.zeros(3))
        fed = v1.placeholder(tf.float64, 3)
        optimizer = _graph.rmsprop(0.01, tf.float64)
        train_op = optimizer.apply_gradients([(fed, variable)])
        session.run(v1.global_variables_initializer())
        for gradient in gradients:
            session.run(train_op, {fed: gradient})
        expected = session.run(variable)
    weight = keras.Variable(np.zeros(3), dtype="float64")
    optimizer = TF1RMSprop(0.01)
    optimizer.rho, optimizer.epsilon = np.float64(0.9), np.float64(1e-10)
    for gradient in gradients:
        optimizer.apply([tf.constant(gradient)], [weight])
    # The learning rate is of single precision.
    np.testing.assert_allclose(weight.numpy(), expected, rtol=1e-7)


def test_traced_steps_go_on_from_the_mean_squares_and_so_does_a_loaded_model(
    vectors, tmp_path
):
    def new_model():
        keras.utils.set_random_seed(0)
        model = tfae.StackedAutoencoder(64, [8])
        model.compile("tfae>TF1RMSprop", loss="mse", jit_compile=False)
        return model

    def squares(model):
        return [
            np.array(one) for one in model.optimizer.variables if "velo" in one.path
        ]

    traced, eager = new_model(), new_model()
    eager.run_eagerly = True
    for model in (traced, eager):
        model.fit(vectors, batch_size=16, shuffle=False, verbose=0)
    for ours, theirs in zip(squares(traced), squares(eager), strict=True):
        assert 0.6 < ours.max() < 0.7  # .9⁴ and a little
        np.testing.assert_allclose(ours, theirs, rtol=1e-5)
    traced.save(tmp_path / "model.keras")
    loaded = tfae.load(tmp_path / "model.keras")
    assert isinstance(loaded.optimizer, TF1RMSprop)
    for ours, theirs in zip(squares(loaded), squares(traced), strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_the_decay_of_tf1_is_not_lost():
    with pytest.raises(ValueError, match="`decay` of TF1's RMSPropOptimizer is `rho`"):
        TF1RMSprop(0.01, decay=0.95)
