"""A restricted Boltzmann machine by CD-1 and hand-written assignments (program D).

784-500 binary units; the hidden ones are drawn for the reconstruction, whose visible
ones have their means, and both sides of the gradient take probabilities. Weights begin
normal with σ 0.01, rate 0.1, batches of 100, 15 epochs. Run it with

    python -m legacy_tf1_ports.boltzmann_machine --data mnist
"""

import tensorflow as tf

from legacy_tf1_ports import _data, _graph, _scripts

v1 = tf.compat.v1

EPOCHS = 15
BATCH_SIZE = 100
HIDDEN = 500
DEVIATION = 0.01
LEARNING_RATE = 0.1


def build(input_dim=784, dtype=tf.float32):
    """The program's graph; fed noise is uniform in [0, 1), `(batch, 500)`."""
    inputs = v1.placeholder(dtype, (None, input_dim))
    begin = v1.random_normal((input_dim, HIDDEN), stddev=DEVIATION, dtype=dtype)
    weights = v1.Variable(begin, name="weights")
    hidden_bias = v1.Variable(tf.zeros(HIDDEN, dtype), name="hidden_bias")
    visible_bias = v1.Variable(tf.zeros(input_dim, dtype), name="visible_bias")

    def up(visible):
        return tf.nn.sigmoid(tf.matmul(visible, weights) + hidden_bias)

    def down(hidden):
        return tf.nn.sigmoid(tf.matmul(hidden, tf.transpose(weights)) + visible_bias)

    hidden = up(inputs)
    noise = v1.random_uniform(tf.shape(hidden), dtype=dtype)
    noise = _graph.drawn(tf.ensure_shape(noise, (None, HIDDEN)))
    # 1 where a probability is above its draw, 0 elsewhere.
    drawn = tf.nn.relu(tf.sign(hidden - noise))
    rebuilt = down(drawn)
    again = up(rebuilt)
    outputs = down(hidden)
    error = _graph.mean_squared_error(outputs, inputs)

    positive = tf.matmul(inputs, hidden, transpose_a=True)
    negative = tf.matmul(rebuilt, again, transpose_a=True)
    count = tf.cast(tf.shape(inputs)[0], dtype)
    rate = tf.constant(LEARNING_RATE, dtype)
    changes = (
        (weights, rate * (positive - negative) / count),
        (hidden_bias, rate * tf.reduce_mean(hidden - again, 0)),
        (visible_bias, rate * tf.reduce_mean(inputs - rebuilt, 0)),
    )
    # All changes and the error are of the values before: without this the order in
    # which the assignments run decides what the others see.
    with tf.control_dependencies([error, *(change for _, change in changes)]):
        train_op = tf.group(*(v1.assign_add(*one) for one in changes))
    return _graph.Program(
        inputs,
        outputs,
        error,
        train_op,
        [weights, hidden_bias, visible_bias],
        _data.shuffled,
        figures={"Train error": error},
        noise=noise,
    )


def main(arguments=None):
    """Trains and prints the reconstruction error of each epoch's last batch."""
    _scripts.run(build, __doc__.splitlines()[0], EPOCHS, BATCH_SIZE, arguments)


if __name__ == "__main__":
    main()
