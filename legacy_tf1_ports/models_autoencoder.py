"""tensorflow/models' AutoencoderRunner: 784-200-784 softplus (program B).

Half the squared error, summed over features and batch, Adam 1e-3, blocks of 128
neighbours, standardized inputs, of which the softplus outputs cannot rebuild what is
negative. Run it with

    python -m legacy_tf1_ports.models_autoencoder --data mnist
"""

import tensorflow as tf

from legacy_tf1_ports import _graph, _models

v1 = tf.compat.v1

EPOCHS = 20


def build(input_dim=784, dtype=tf.float32):
    """The program's graph, in the current default graph."""
    layer = inputs = v1.placeholder(dtype, (None, input_dim))
    variables = []
    for shape in ((input_dim, _models.HIDDEN), (_models.HIDDEN, input_dim)):
        weights = v1.Variable(_graph.glorot(shape, dtype))
        bias = v1.Variable(tf.zeros(shape[1], dtype))
        layer = tf.nn.softplus(tf.matmul(layer, weights) + bias)
        variables += [weights, bias]
    return _models.program(inputs, layer, variables)


def main(arguments=None):
    """Trains and prints the mean cost of each epoch, and the whole test part's."""
    _models.run(build, __doc__.splitlines()[0], EPOCHS, arguments)


if __name__ == "__main__":
    main()
