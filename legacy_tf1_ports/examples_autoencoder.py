"""TensorFlow-Examples' autoencoder: 784-256-128-256-784, all sigmoid (program D).

Weights and biases begin as draws of N(0, 1), mean squared error, RMSProp 0.01, 30,000
batches of 256, which are 140 epochs. Run it with

    python -m legacy_tf1_ports.examples_autoencoder --data mnist
"""

import itertools

import tensorflow as tf

from legacy_tf1_ports import _graph, _scripts

v1 = tf.compat.v1

EPOCHS = 140
BATCH_SIZE = 256
HIDDEN = (256, 128)
LEARNING_RATE = 0.01


def build(input_dim=784, dtype=tf.float32):
    """The program's graph, in the current default graph."""
    first, second = HIDDEN
    inputs = v1.placeholder(dtype, (None, input_dim))
    sizes = (input_dim, first, second, first, input_dim)
    # All weights before the first bias, which their names in a checkpoint tell.
    weights = [_scripts.normal(one, 1.0, dtype) for one in itertools.pairwise(sizes)]
    biases = [_scripts.normal((units,), 1.0, dtype) for units in sizes[1:]]
    layers = [*zip(weights, biases, strict=True)]
    layer = inputs
    for weight, bias in layers:
        layer = tf.nn.sigmoid(tf.matmul(layer, weight) + bias)
    loss = tf.reduce_mean(tf.square(inputs - layer))
    return _scripts.program(
        inputs,
        layer,
        loss,
        _graph.rmsprop(LEARNING_RATE, dtype),
        [one for pair in layers for one in pair],
        figures={"Minibatch Loss": loss},
    )


def main(arguments=None):
    """Trains and prints the loss of each epoch's last batch."""
    _scripts.run(build, __doc__.splitlines()[0], EPOCHS, BATCH_SIZE, arguments)


if __name__ == "__main__":
    main()
