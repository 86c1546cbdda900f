"""Udacity's convolutional autoencoder: max pooling and resizing (program D).

16, 8 and 8 maps of 3 × 3 convolutions, each with 2 × 2 max pooling after it, to 4 × 4;
back by the nearest values and convolutions of 8, 8 and 16 maps, and one of the logits.
Mean cross-entropy, Adam 1e-3, batches of 200, 20 epochs. Run it with

    python -m legacy_tf1_ports.course_convolutional --data mnist
"""

import tensorflow as tf

from legacy_tf1_ports import _graph, _scripts

v1 = tf.compat.v1

EPOCHS = 20
BATCH_SIZE = 200
FILTERS = (16, 8, 8)
LEARNING_RATE = 1e-3


def build(input_dim=784, dtype=tf.float32):
    """The program's graph, in the current default graph."""
    inputs = v1.placeholder(dtype, (None, input_dim))
    layer = _graph.images(inputs)
    variables, sizes = [], []

    def convolve(layer, units, activation=tf.nn.relu):
        name = f"conv2d_{len(variables) // 2}" if variables else "conv2d"
        layer, made = _graph.convolution(layer, units, activation, name)
        variables.extend(made)
        return layer

    for units in FILTERS:
        sizes.append(layer.shape[1:3])
        layer = convolve(layer, units)
        layer = tf.nn.max_pool2d(layer, 2, 2, "SAME")
    for units, size in zip(FILTERS[::-1], sizes[::-1], strict=True):
        layer = v1.image.resize_nearest_neighbor(layer, size)
        layer = convolve(layer, units)
    logits = tf.reshape(convolve(layer, 1, None), (-1, input_dim))
    errors = tf.nn.sigmoid_cross_entropy_with_logits(labels=inputs, logits=logits)
    loss = tf.reduce_mean(errors)
    return _scripts.program(
        inputs,
        tf.nn.sigmoid(logits),
        loss,
        _graph.adam(LEARNING_RATE, dtype),
        variables,
        figures={"Training loss": loss},
    )


def main(arguments=None):
    """Trains and prints the loss of each epoch's last batch."""
    _scripts.run(
        build, __doc__.splitlines()[0], EPOCHS, BATCH_SIZE, arguments, square=True
    )


if __name__ == "__main__":
    main()
