"""Sessions, variables and layers as the TF1 programs had them, without `tf.layers`."""

import contextlib
import math
from collections.abc import Callable
from typing import NamedTuple

import tensorflow as tf

v1 = tf.compat.v1


class Program(NamedTuple):
    """A graph ready to train, or a phase of one.

    Attributes:
        inputs: Tensor to feed examples to, of shape `(batch, features)`.
        outputs: Tensor of the same shape, or logits of the classes.
        loss: What is minimized: a scalar, or a vector `(batch,)` whose sum is.
        train_op: Operation of one optimizer step.
        variables: Variables in the order of its Keras twin's: of the encoder, then of
            the decoder, kernel and bias of each layer.
        draw: Function of a tuple of arrays, a batch size and a seed that gives endless
            batches, as the program draws them to train on.
        figures: Tensors that the program prints, by the words it prints before them.
        codes: Tensor of the codes, where another graph learns from them.
        noise: Tensor that draws, and may be fed draws of others, or `None`.
        targets: Placeholder of labels `(batch,)`, or `None`.
        measuring: What to feed, beside examples, where the program measures itself.
        further: Pairs of a loss and an operation of one step, of other optimizers: each
            is run by itself, after `train_op`, and sees what the one before changed.
    """

    inputs: tf.Tensor
    outputs: tf.Tensor
    loss: tf.Tensor
    train_op: tf.Operation
    variables: list
    draw: Callable
    figures: dict = {}
    codes: tf.Tensor | None = None
    noise: tf.Tensor | None = None
    targets: tf.Tensor | None = None
    measuring: dict = {}
    further: tuple = ()

    def feeds(self, arrays):
        """What to feed for a batch: inputs, and labels where there are targets."""
        targets = [] if self.targets is None else [self.targets]
        return dict(zip([self.inputs, *targets], arrays, strict=True))

    def step(self, session, feeds):
        """Trains on what is fed; returns the loss, or the sum of all, before it."""
        total = 0.0
        for loss, train_op in ((self.loss, self.train_op), *self.further):
            total = total + session.run([loss, train_op], feeds)[0]
        return total


@contextlib.contextmanager
def session(seed=None):
    """A session on a graph of its own, beside eager code."""
    with tf.Graph().as_default(), v1.Session() as opened:
        v1.set_random_seed(seed)
        yield opened


def glorot(shape, dtype=None, partition_info=None):
    """Glorot's uniform initializer, which TF1 called Xavier's, too."""
    return v1.glorot_uniform_initializer()(shape, dtype)


def he(shape, dtype=None, partition_info=None):
    """`tf.contrib.layers.variance_scaling_initializer()`: normal, cut at 2 σ."""
    deviation = math.sqrt(1.3 * 2 / shape[0])
    return v1.truncated_normal(shape, stddev=deviation, dtype=dtype)


def dense(inputs, units, activation, name, initializer=glorot):
    """What `tf.layers.dense` made: `name/kernel`, and `name/bias` of zeros.

    Returns:
        The outputs, and the two variables.
    """
    with v1.variable_scope(name):
        shape = (inputs.shape[-1], units)
        kernel = v1.get_variable("kernel", shape, inputs.dtype, initializer)
        bias = v1.get_variable("bias", units, inputs.dtype, v1.zeros_initializer())
    outputs = tf.matmul(inputs, kernel) + bias
    return outputs if activation is None else activation(outputs), [kernel, bias]


def convolution(inputs, units, activation, name):
    """What `tf.layers.conv2d` made of 3 × 3 kernels, padded: kernel and bias of zeros.

    Returns:
        The outputs, and the two variables.
    """
    with v1.variable_scope(name):
        shape = (3, 3, inputs.shape[-1], units)
        kernel = v1.get_variable("kernel", shape, inputs.dtype, glorot)
        bias = v1.get_variable("bias", units, inputs.dtype, v1.zeros_initializer())
    outputs = tf.nn.conv2d(inputs, kernel, 1, "SAME") + bias
    return outputs if activation is None else activation(outputs), [kernel, bias]


def images(inputs):
    """Vectors `(batch, n²)` as images `(batch, n, n, 1)`."""
    side = math.isqrt(inputs.shape[-1])
    return tf.reshape(inputs, (-1, side, side, 1))


def l2(scale, kernels):
    """`tf.contrib.layers.l2_regularizer(scale)`: half the squares, scaled."""
    return scale * tf.add_n([tf.nn.l2_loss(kernel) for kernel in kernels])


def adam(learning_rate, dtype):
    """TF1's Adam; as tensors, its constants keep the precision of `dtype`.

    Given plain numbers it rounds them to float32 whatever the variables are, and in
    float64 the runs of two correct programs part at 1e-6.
    """
    numbers = {"beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8}
    return v1.train.AdamOptimizer(**_constants(dtype, learning_rate, **numbers))


def rmsprop(learning_rate, dtype):
    """TF1's RMSProp, whose mean squares begin at one; its constants as `adam`'s.

    ε is 1e-10, under the root. A step of the beginning is about as long as that of
    plain gradient descent, and grows as the ones are forgotten.
    """
    numbers = {"decay": 0.9, "momentum": 0.0, "epsilon": 1e-10}
    return v1.train.RMSPropOptimizer(**_constants(dtype, learning_rate, **numbers))


def _constants(dtype, learning_rate, **numbers):
    """Arguments of an optimizer as tensors, which keep their precision."""
    numbers["learning_rate"] = learning_rate
    return {name: tf.constant(value, dtype) for name, value in numbers.items()}


def mean_squared_error(outputs, targets):
    """`tf.losses.mean_squared_error`, which casts to float32 whatever it is given."""
    return tf.reduce_mean(tf.math.squared_difference(outputs, targets))


def drawn(noise):
    """A tensor that draws `noise` unless it is fed."""
    return v1.placeholder_with_default(noise, noise.shape)


def assign(opened, variables, values):
    """Gives `variables` their `values` in the session `opened`."""
    for variable, value in zip(variables, values, strict=True):
        placeholder = v1.placeholder(variable.dtype, variable.shape)
        opened.run(v1.assign(variable, placeholder), {placeholder: value})


def save(opened, path):
    """Writes a checkpoint of the session `opened` and its graph, as TF1's Saver did."""
    v1.train.Saver().save(opened, str(path))
