"""handson-ml chapter 15, the variational autoencoder with σ itself (program C).

As `notebook_variational`, but the second head gives σ, of either sign, and 1e-10 keeps
the logarithm of its square finite. Run it with

    python -m legacy_tf1_ports.notebook_variational_deviation --data mnist
"""

import tensorflow as tf

from legacy_tf1_ports import _command, _notebook
from legacy_tf1_ports.notebook_variational import EPOCHS, graph

SMALLEST = 1e-10


def build(input_dim=784, dtype=tf.float32):
    """The program's graph; fed noise is ε, `(batch, 20)`."""
    return graph(input_dim, dtype, by_deviation)


def by_deviation(mean, deviation, noise):
    """Codes, and their divergence from N(0, I), of a head that gives σ."""
    square = tf.square(deviation)
    divergence = square + tf.square(mean) - 1 - tf.math.log(SMALLEST + square)
    return mean + deviation * noise, 0.5 * tf.reduce_sum(divergence)


def main(arguments=None):
    """Trains and prints the losses of each epoch's last batch, summed over it."""
    options = _command.options(__doc__.splitlines()[0], EPOCHS, arguments)
    _notebook.run(build, options)


if __name__ == "__main__":
    main()
