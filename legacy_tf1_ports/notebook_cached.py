"""handson-ml chapter 15, one autoencoder at a time on cached activations (program C).

As `notebook_one_graph`, but the first hidden layer's activations are computed once, and
phase 2 is fed these. Run it with

    python -m legacy_tf1_ports.notebook_cached --data mnist
"""

from legacy_tf1_ports import _command, notebook_one_graph


def main(arguments=None):
    """Trains both phases and prints their errors, and the whole's on the test part."""
    options = _command.options(
        __doc__.splitlines()[0], notebook_one_graph.EPOCHS, arguments
    )
    notebook_one_graph.run(options, cached=True)


if __name__ == "__main__":
    main()
