"""handson-ml chapter 15, the sparse autoencoder: 784-1000-784 (program C).

Sigmoid codes, linear outputs, Glorot's initializer, mean squared error and 0.2 times
the divergence of each unit's mean over the batch from 0.1, Adam 0.01, batches of 1,000.
Run it with

    python -m legacy_tf1_ports.notebook_sparse --data mnist
"""

import tensorflow as tf

from legacy_tf1_ports import _command, _graph, _notebook

v1 = tf.compat.v1

EPOCHS = 100
BATCH_SIZE = 1000
CODES = 1000
TARGET = 0.1
WEIGHT = 0.2


def build(input_dim=784, dtype=tf.float32):
    """The program's graph, in the current default graph."""
    inputs = v1.placeholder(dtype, (None, input_dim))
    codes, encoder = _graph.dense(inputs, CODES, tf.nn.sigmoid, "dense")
    outputs, decoder = _graph.dense(codes, input_dim, None, "dense_1")
    active = tf.reduce_mean(codes, axis=0)
    divergence = TARGET * tf.math.log(TARGET / active)
    divergence += (1 - TARGET) * tf.math.log((1 - TARGET) / (1 - active))
    divergence = tf.reduce_sum(divergence)
    error = _graph.mean_squared_error(outputs, inputs)
    loss = error + WEIGHT * divergence
    figures = {
        "MSE": error,
        "sparsity loss": divergence,
        "total loss": loss,
    }
    return _notebook.program(
        inputs, outputs, loss, [*encoder, *decoder], figures=figures
    )


def main(arguments=None):
    """Trains and prints the losses of each epoch's last batch."""
    options = _command.options(__doc__.splitlines()[0], EPOCHS, arguments)
    _notebook.run(build, options, BATCH_SIZE)


if __name__ == "__main__":
    main()
