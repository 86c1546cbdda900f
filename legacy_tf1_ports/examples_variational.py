"""TensorFlow-Examples' variational autoencoder: 784-512-2 (program D).

Hidden layers of tanh, sigmoid outputs, a head that gives log σ², cross-entropy with
1e-10 in its logarithms, RMSProp 1e-3, 30,000 batches of 64, which are 35 epochs.
Weights and biases begin normal, of variance 2/n of the n rows of each. Run it with

    python -m legacy_tf1_ports.examples_variational --data mnist
"""

import math

import tensorflow as tf

from legacy_tf1_ports import _graph, _scripts

v1 = tf.compat.v1

EPOCHS = 35
BATCH_SIZE = 64
HIDDEN = 512
CODES = 2
LEARNING_RATE = 1e-3
SMALLEST = 1e-10


def build(input_dim=784, dtype=tf.float32):
    """The program's graph; fed noise is ε, `(batch, 2)`."""
    inputs = v1.placeholder(dtype, (None, input_dim))
    shapes = (
        *((input_dim, HIDDEN), (HIDDEN, CODES), (HIDDEN, CODES)),
        *((CODES, HIDDEN), (HIDDEN, input_dim)),
    )
    weights = [glorot(shape, dtype) for shape in shapes]
    biases = [glorot(shape[1:], dtype) for shape in shapes]
    hidden, of_mean, of_scale, back, last = zip(weights, biases, strict=True)
    layer = tf.nn.tanh(linear(inputs, *hidden))
    mean, log_variance = linear(layer, *of_mean), linear(layer, *of_scale)
    noise = v1.random_normal(tf.shape(mean), dtype=dtype)
    noise = _graph.drawn(tf.ensure_shape(noise, (None, CODES)))
    codes = mean + tf.exp(log_variance / 2) * noise
    outputs = tf.nn.sigmoid(linear(tf.nn.tanh(linear(codes, *back)), *last))
    fit = inputs * tf.math.log(SMALLEST + outputs)
    # In float32 1e-10 + 1 is 1, so that an output of 1 costs infinitely much.
    fit += (1 - inputs) * tf.math.log(SMALLEST + 1 - outputs)
    divergence = 1 + log_variance - tf.square(mean) - tf.exp(log_variance)
    divergence = -0.5 * tf.reduce_sum(divergence, 1)
    loss = tf.reduce_mean(divergence - tf.reduce_sum(fit, 1))
    layers = (hidden, of_mean, of_scale, back, last)
    return _scripts.program(
        inputs,
        outputs,
        loss,
        _graph.rmsprop(LEARNING_RATE, dtype),
        [one for pair in layers for one in pair],
        figures={"Loss": loss},
        noise=noise,
    )


def glorot(shape, dtype):
    """What the script called Glorot's initializer: of the rows alone, biases too."""
    return _scripts.normal(shape, 1 / math.sqrt(shape[0] / 2), dtype)


def linear(inputs, weight, bias):
    """A layer without its activation."""
    return tf.matmul(inputs, weight) + bias


def main(arguments=None):
    """Trains and prints the loss of each epoch's last batch."""
    _scripts.run(build, __doc__.splitlines()[0], EPOCHS, BATCH_SIZE, arguments)


if __name__ == "__main__":
    main()
