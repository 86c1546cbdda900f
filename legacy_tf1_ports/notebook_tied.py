"""handson-ml chapter 15, tying weights: 784-300-150-300-784 (program C).

As `notebook_stacked`, but the decoder's weights are the encoder's, transposed, and the
penalty of 5e-4 is on these. Run it with

    python -m legacy_tf1_ports.notebook_tied --data mnist
"""

import tensorflow as tf

from legacy_tf1_ports import _command, _graph, _notebook

v1 = tf.compat.v1

EPOCHS = 5
PENALTY = 5e-4


def build(input_dim=784, dtype=tf.float32):
    """The program's graph, in the current default graph."""
    first, second = _notebook.HIDDEN
    inputs = v1.placeholder(dtype, (None, input_dim))
    weights1 = v1.Variable(_graph.he((input_dim, first), dtype), name="weights1")
    weights2 = v1.Variable(_graph.he((first, second), dtype), name="weights2")
    biases = [
        v1.Variable(tf.zeros(units, dtype), name=f"biases{index}")
        for index, units in enumerate((first, second, first, input_dim), start=1)
    ]
    kernels = (weights1, weights2, tf.transpose(weights2), tf.transpose(weights1))
    layer = inputs
    for index, (kernel, bias) in enumerate(zip(kernels, biases, strict=True)):
        layer = tf.matmul(layer, kernel) + bias
        layer = tf.nn.elu(layer) if index < len(kernels) - 1 else layer
    error = _graph.mean_squared_error(layer, inputs)
    loss = error + _graph.l2(PENALTY, [weights1, weights2])
    variables = [weights1, biases[0], weights2, *biases[1:]]
    figures = {"MSE": error}
    return _notebook.program(inputs, layer, loss, variables, figures=figures)


def main(arguments=None):
    """Trains and prints the mean squared error of each epoch's last batch."""
    options = _command.options(__doc__.splitlines()[0], EPOCHS, arguments)
    _notebook.run(build, options)


if __name__ == "__main__":
    main()
