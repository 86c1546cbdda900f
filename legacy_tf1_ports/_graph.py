"""Sessions and variables as the TF1 programs had them, without `tf.layers`."""

import contextlib
from typing import NamedTuple

import tensorflow as tf

v1 = tf.compat.v1


class Program(NamedTuple):
    """A graph ready to train.

    Attributes:
        inputs: Placeholder of shape `(batch, features)`.
        outputs: Tensor of the same shape.
        loss: Scalar tensor.
        train_op: Operation of one optimizer step.
        variables: Trainable variables, from the input to the output: kernel and bias
            of each layer.
    """

    inputs: tf.Tensor
    outputs: tf.Tensor
    loss: tf.Tensor
    train_op: tf.Operation
    variables: list


@contextlib.contextmanager
def session(seed=None):
    """A session on a graph of its own, beside eager code."""
    with tf.Graph().as_default(), v1.Session() as opened:
        v1.set_random_seed(seed)
        yield opened


def dense(inputs, units, activation, name):
    """What `tf.layers.dense` made: `name/kernel` (Glorot uniform), `name/bias` (0)."""
    shape = (inputs.shape[-1], units)
    with v1.variable_scope(name):
        kernel = v1.get_variable(
            "kernel", shape, inputs.dtype, v1.glorot_uniform_initializer()
        )
        bias = v1.get_variable("bias", units, inputs.dtype, v1.zeros_initializer())
    return activation(tf.matmul(inputs, kernel) + bias)


def assign(opened, variables, values):
    """Gives `variables` their `values` in the session `opened`."""
    for variable, value in zip(variables, values, strict=True):
        placeholder = v1.placeholder(variable.dtype, variable.shape)
        opened.run(v1.assign(variable, placeholder), {placeholder: value})


def adam(learning_rate, dtype):
    """TF1's Adam; as tensors, its constants keep the precision of `dtype`.

    Given plain numbers it rounds them to float32 whatever the variables are, and in
    float64 the runs of two correct programs part at 1e-6.
    """
    numbers = {
        "learning_rate": learning_rate,
        "beta1": 0.9,
        "beta2": 0.999,
        "epsilon": 1e-8,
    }
    return v1.train.AdamOptimizer(
        **{name: tf.constant(value, dtype) for name, value in numbers.items()}
    )
