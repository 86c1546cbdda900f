"""handson-ml chapter 15, one autoencoder at a time on cached activations (program C).

As `notebook_one_graph`, but the first hidden layer's activations are computed once, and
phase 2 is fed these, each batch drawn from all of them anew. Run it with

    python -m legacy_tf1_ports.notebook_cached --data mnist
"""

import tensorflow as tf

from legacy_tf1_ports import _command, _data, notebook_one_graph
from legacy_tf1_ports.notebook_one_graph import EPOCHS


def build(input_dim=784, dtype=tf.float32):
    """The program's graph, as its two phases; the second's inputs are activations."""
    first, second = notebook_one_graph.build(input_dim, dtype)
    return [first, second._replace(inputs=first.codes, draw=_data.redrawn)]


def main(arguments=None):
    """Trains both phases and prints their errors, and the whole's on the test part."""
    options = _command.options(__doc__.splitlines()[0], EPOCHS, arguments)
    notebook_one_graph.run(build, options)


if __name__ == "__main__":
    main()
