"""tensorflow/models' AdditiveGaussianNoiseAutoencoderRunner: 784-200-784 (program B).

Softplus codes, linear outputs, noise of σ 0.01 on the inputs: one vector for a whole
batch, and in the measurement at the end, too. Loss and batches as in
`models_autoencoder`. Run it with

    python -m legacy_tf1_ports.models_additive_gaussian_noise --data mnist
"""

import tensorflow as tf

from legacy_tf1_ports import _graph, _models

v1 = tf.compat.v1

EPOCHS = 20
DEVIATION = 0.01


def build(input_dim=784, dtype=tf.float32):
    """The program's graph; fed noise is a vector added to each example."""
    inputs = v1.placeholder(dtype, (None, input_dim))
    noise = _graph.drawn(v1.random_normal((input_dim,), 0.0, DEVIATION, dtype))
    outputs, variables = denoiser(inputs, inputs + noise)
    return _models.program(inputs, outputs, variables, noise=noise)


def denoiser(inputs, corrupted):
    """Outputs for what is left of the inputs; decoders begin at zero."""
    features, dtype = inputs.shape[-1], inputs.dtype
    w1 = v1.get_variable("w1", (features, _models.HIDDEN), dtype, _graph.glorot)
    b1 = v1.Variable(tf.zeros(_models.HIDDEN, dtype))
    w2 = v1.Variable(tf.zeros((_models.HIDDEN, features), dtype))
    b2 = v1.Variable(tf.zeros(features, dtype))
    codes = tf.nn.softplus(tf.matmul(corrupted, w1) + b1)
    return tf.matmul(codes, w2) + b2, [w1, b1, w2, b2]


def main(arguments=None):
    """Trains and prints the mean cost of each epoch, and the whole test part's."""
    _models.run(build, __doc__.splitlines()[0], EPOCHS, arguments)


if __name__ == "__main__":
    main()
