"""tensorflow/models' VariationalAutoencoderRunner: 784-200-784, linear (program B).

The squared error is summed over the batch and the divergence averaged over it, so that
the divergence weighs 1/128. Inputs scaled to [0, 1] feature by feature; batches as in
`models_autoencoder`. Run it with

    python -m legacy_tf1_ports.models_variational --data mnist
"""

import tensorflow as tf
from sklearn import preprocessing

from legacy_tf1_ports import _graph, _models

v1 = tf.compat.v1

EPOCHS = 20


def build(input_dim=784, dtype=tf.float32):
    """The program's graph; fed noise is ε, `(batch, 200)`."""
    codes = _models.HIDDEN
    inputs = v1.placeholder(dtype, (None, input_dim))
    w1, log_sigma_w1 = (
        v1.get_variable(name, (input_dim, codes), dtype, _graph.glorot)
        for name in ("w1", "log_sigma_w1")
    )
    b1 = v1.Variable(tf.zeros(codes, dtype))
    log_sigma_b1 = v1.Variable(tf.zeros(codes, dtype))
    w2 = v1.Variable(tf.zeros((codes, input_dim), dtype))
    b2 = v1.Variable(tf.zeros(input_dim, dtype))

    mean = tf.matmul(inputs, w1) + b1
    log_variance = tf.matmul(inputs, log_sigma_w1) + log_sigma_b1
    noise = v1.random_normal((tf.shape(inputs)[0], codes), dtype=dtype)
    noise = _graph.drawn(tf.ensure_shape(noise, (None, codes)))
    outputs = tf.matmul(mean + tf.sqrt(tf.exp(log_variance)) * noise, w2) + b2

    divergence = -0.5 * tf.reduce_sum(
        1 + log_variance - tf.square(mean) - tf.exp(log_variance), 1
    )
    cost = tf.reduce_mean(_models.squared_error(outputs, inputs) + divergence)
    variables = [w1, b1, log_sigma_w1, log_sigma_b1, w2, b2]
    return _models.program(inputs, outputs, variables, cost, noise=noise)


def main(arguments=None):
    """Trains and prints the mean cost of each epoch, and the whole test part's."""
    scaler = preprocessing.MinMaxScaler
    _models.run(build, __doc__.splitlines()[0], EPOCHS, arguments, scaler)


if __name__ == "__main__":
    main()
