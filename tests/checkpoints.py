"""TF1 checkpoints that the tests of their import share, and what is expected of it."""

import importlib

import numpy as np
import tensorflow as tf

from legacy_tf1_ports import _graph

v1 = tf.compat.v1
TOLD = {"activation": "elu", "output_activation": "linear"}
CONVOLUTIONAL = {
    "activation": "relu",
    "output_activation": "sigmoid",
    "image_shape": (8, 8, 1),
    "strides": 2,
    "padding": "same",
}


def write(name, path, rows, build=None):
    """Trains a program for a step and saves it; what it gives for `rows`."""
    module = importlib.import_module(f"legacy_tf1_ports.{name}")
    build = build or module.build
    with _graph.session(0) as session:
        programs = build(rows.shape[1])
        programs = programs if isinstance(programs, list) else [programs]
        session.run(v1.global_variables_initializer())
        feeds = {programs[0].inputs: rows}
        if programs[0].targets is not None:
            feeds[programs[0].targets] = np.arange(10)
        session.run([programs[0].train_op], feeds)
        _graph.save(session, path)
        last = programs[-1]
        feeds |= last.measuring
        if last.noise is not None and not last.measuring:
            shape = session.run(tf.shape(last.noise), feeds)
            feeds[last.noise] = np.zeros(shape)
        return session.run(last.outputs, feeds)


def assert_alike(outputs, expected):
    """Equal to 1e-6, of the largest value where that is beyond 1."""
    largest = max(1, np.abs(expected).max())
    np.testing.assert_allclose(outputs, expected, rtol=0, atol=1e-6 * largest)


def assert_predicts(model, inputs, expected):
    """The same of the model itself; `predict`, compiled by XLA, rounds otherwise."""
    assert_alike(model(inputs), expected)
    outputs = model.predict(inputs, verbose=0)
    largest = np.abs(expected).max()
    np.testing.assert_allclose(outputs, expected, rtol=0, atol=2e-6 * largest)


def save_arrays(path, **arrays):
    """A checkpoint of variables with these values."""
    with _graph.session(0) as session:
        for name, value in arrays.items():
            v1.get_variable(name.replace("__", "/"), initializer=value)
        session.run(v1.global_variables_initializer())
        _graph.save(session, path)


def arrays(*shapes):
    """Kernels and biases of layers: `w1`, `b1`, and so on."""
    found = {}
    for number, shape in enumerate(shapes, start=1):
        found[f"w{number}"] = np.full(shape, 0.1, "float32")
        found[f"b{number}"] = np.zeros(shape[-1], "float32")
    return found


def convolutions(path, with_dense):
    """Saves what `tf.layers` would have named so; images, and its outputs."""
    images = np.random.default_rng(0).random((5, 8, 8, 1), "float32")
    generator = np.random.default_rng(1)

    def variables(scope, shape, units):
        with v1.variable_scope(scope):
            kernel = generator.normal(0, 0.3, shape).astype("float32")
            bias = generator.normal(0, 0.3, units).astype("float32")
            return v1.get_variable("kernel", initializer=kernel), v1.get_variable(
                "bias", initializer=bias
            )

    with _graph.session(0) as session:
        layer = v1.placeholder(tf.float32, (None, 8, 8, 1))
        inputs = layer
        for scope, shape in (("conv2d", (3, 3, 1, 4)), ("conv2d_1", (3, 3, 4, 6))):
            kernel, bias = variables(scope, shape, shape[-1])
            layer = tf.nn.relu(tf.nn.conv2d(layer, kernel, 2, "SAME") + bias)
        if with_dense:
            layer = tf.reshape(layer, (-1, 24))
            for scope, shape in (("dense", (24, 5)), ("dense_1", (5, 24))):
                kernel, bias = variables(scope, shape, shape[-1])
                layer = tf.nn.relu(tf.matmul(layer, kernel) + bias)
            layer = tf.reshape(layer, (-1, 2, 2, 6))
        for scope, shape, side, last in (
            ("conv2d_transpose", (3, 3, 4, 6), 4, tf.nn.relu),
            ("conv2d_transpose_1", (3, 3, 1, 4), 8, tf.nn.sigmoid),
        ):
            kernel, bias = variables(scope, shape, shape[2])
            size = (tf.shape(inputs)[0], side, side, shape[2])
            layer = last(tf.nn.conv2d_transpose(layer, kernel, size, 2) + bias)
        loss = tf.reduce_mean(tf.math.squared_difference(layer, inputs))
        train_op = v1.train.AdamOptimizer().minimize(loss)
        session.run(v1.global_variables_initializer())
        session.run(train_op, {inputs: images})
        _graph.save(session, path)
        return images, session.run(layer, {inputs: images})
