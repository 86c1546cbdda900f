"""tensorflow/models' MaskingNoiseAutoencoderRunner: 784-200-784 (program B).

As `models_additive_gaussian_noise`, but of the inputs 5 % are dropped and the others
rescaled; what it called `dropout_probability`, 0.95, is that of keeping. Measured at
the end on whole inputs. Run it with

    python -m legacy_tf1_ports.models_masking_noise --data mnist
"""

import tensorflow as tf

from legacy_tf1_ports import _graph, _models
from legacy_tf1_ports.models_additive_gaussian_noise import denoiser

v1 = tf.compat.v1

EPOCHS = 100
DROPOUT_PROBABILITY = 0.95


def build(input_dim=784, dtype=tf.float32):
    """The program's graph; fed noise is a mask, `(batch, features)`."""
    inputs = v1.placeholder(dtype, (None, input_dim))
    keep = v1.placeholder_with_default(tf.constant(DROPOUT_PROBABILITY, dtype), ())
    kept = v1.random_uniform(tf.shape(inputs), dtype=dtype) < keep
    noise = _graph.drawn(tf.ensure_shape(tf.cast(kept, dtype), (None, input_dim)))
    outputs, variables = denoiser(inputs, inputs / keep * noise)
    return _models.program(
        inputs, outputs, variables, noise=noise, measuring={keep: 1.0}
    )


def main(arguments=None):
    """Trains and prints the mean cost of each epoch, and the whole test part's."""
    _models.run(build, __doc__.splitlines()[0], EPOCHS, arguments)


if __name__ == "__main__":
    main()
