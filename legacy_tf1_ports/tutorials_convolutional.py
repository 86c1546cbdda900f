"""pkmital's convolutional autoencoder: three tied levels of 10 maps (program D).

3 × 3 convolutions of stride 2 and, back, `conv2d_transpose` with the same kernels,
leaky ReLU with slope 0.2 everywhere, the outputs included; the squared error summed
over the batch, Adam 0.01, batches of 100, 10 epochs. The mean of the training images
is subtracted from all. Run it with

    python -m legacy_tf1_ports.tutorials_convolutional --data mnist
"""

import math

import tensorflow as tf

from legacy_tf1_ports import _graph, _scripts

v1 = tf.compat.v1

EPOCHS = 10
BATCH_SIZE = 100
FILTERS = (10, 10, 10)
KERNEL = 3
LEARNING_RATE = 0.01


def build(input_dim=784, dtype=tf.float32):
    """The program's graph, in the current default graph."""
    inputs = v1.placeholder(dtype, (None, input_dim))
    layer = _graph.images(inputs)
    variables, levels = [], []
    for filters in FILTERS:
        channels = layer.shape[-1]
        limit = 1 / math.sqrt(channels)  # not of what a unit adds up, 9 times as many
        shape = (KERNEL, KERNEL, channels, filters)
        kernel = v1.Variable(v1.random_uniform(shape, -limit, limit, dtype))
        bias = v1.Variable(tf.zeros(filters, dtype))
        levels.append((kernel, layer.shape[1:3]))
        variables += [kernel, bias]
        layer = tf.nn.leaky_relu(tf.nn.conv2d(layer, kernel, 2, "SAME") + bias)
    for kernel, (rows, columns) in reversed(levels):
        channels = kernel.shape[2]
        bias = v1.Variable(tf.zeros(channels, dtype))
        variables.append(bias)
        size = (tf.shape(inputs)[0], rows, columns, channels)
        layer = tf.nn.conv2d_transpose(layer, kernel, size, 2, "SAME")
        layer = tf.nn.leaky_relu(layer + bias)
    outputs = tf.reshape(layer, (-1, input_dim))
    loss = tf.reduce_sum(tf.square(outputs - inputs))
    return _scripts.program(
        inputs,
        outputs,
        loss,
        _graph.adam(LEARNING_RATE, dtype),
        variables,
        figures={"cost": loss},
    )


def main(arguments=None):
    """Trains and prints the cost of each epoch's last batch, summed over it."""
    _scripts.run(
        build,
        __doc__.splitlines()[0],
        EPOCHS,
        BATCH_SIZE,
        arguments,
        square=True,
        centered=True,
    )


if __name__ == "__main__":
    main()
