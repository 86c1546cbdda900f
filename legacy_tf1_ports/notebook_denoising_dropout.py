"""handson-ml chapter 15, denoising with dropout: 784-300-150-300-784 (program C).

As `notebook_denoising_gaussian`, but 30 % of the inputs are dropped and the others
rescaled; what is printed is of whole inputs. Run it with

    python -m legacy_tf1_ports.notebook_denoising_dropout --data mnist
"""

import tensorflow as tf

from legacy_tf1_ports import _command, _graph, _notebook
from legacy_tf1_ports.notebook_denoising_gaussian import denoiser

v1 = tf.compat.v1

EPOCHS = 10
RATE = 0.3


def build(input_dim=784, dtype=tf.float32):
    """The program's graph; fed noise is a mask, `(batch, features)`."""
    inputs = v1.placeholder(dtype, (None, input_dim))
    rate = v1.placeholder_with_default(tf.constant(RATE, dtype), ())
    kept = v1.random_uniform(tf.shape(inputs), dtype=dtype) >= rate
    noise = _graph.drawn(tf.ensure_shape(tf.cast(kept, dtype), (None, input_dim)))
    corrupted = inputs / (1 - rate) * noise
    return denoiser(inputs, corrupted, noise=noise, measuring={rate: 0.0})


def main(arguments=None):
    """Trains and prints the mean squared error of each epoch's last batch."""
    options = _command.options(__doc__.splitlines()[0], EPOCHS, arguments)
    _notebook.run(build, options)


if __name__ == "__main__":
    main()
