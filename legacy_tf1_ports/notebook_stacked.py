"""handson-ml chapter 15, the stacked autoencoder: 784-300-150-300-784 (program C).

ELU, linear outputs, He's initializer, mean squared error and a weight penalty of 1e-4,
Adam 0.01, batches of 150. Run it with

    python -m legacy_tf1_ports.notebook_stacked --data mnist
"""

import tensorflow as tf

from legacy_tf1_ports import _command, _graph, _notebook

v1 = tf.compat.v1

EPOCHS = 5
PENALTY = 1e-4


def build(input_dim=784, dtype=tf.float32):
    """The program's graph, in the current default graph."""
    inputs = v1.placeholder(dtype, (None, input_dim))
    widths = (*_notebook.HIDDEN, _notebook.HIDDEN[0], input_dim)
    names = ("dense", "dense_1", "dense_2", "dense_3")
    outputs, variables = _notebook.stack(inputs, widths, tf.nn.elu, names, _graph.he)
    error = _graph.mean_squared_error(outputs, inputs)
    loss = error + _graph.l2(PENALTY, variables[::2])
    figures = {"MSE": error}
    return _notebook.program(inputs, outputs, loss, variables, figures=figures)


def main(arguments=None):
    """Trains and prints the mean squared error of each epoch's last batch."""
    options = _command.options(__doc__.splitlines()[0], EPOCHS, arguments)
    _notebook.run(build, options)


if __name__ == "__main__":
    main()
