"""TF1 graphs that cannot be rebuilt, or not without a word, each a function."""

import numpy as np
import tensorflow as tf

v1 = tf.compat.v1


def save(build, folder):
    """Path of the checkpoint of a graph, beside which its `.meta` lies."""
    with tf.Graph().as_default(), v1.Session() as session:
        build()
        session.run(v1.global_variables_initializer())
        return v1.train.Saver().save(session, str(folder / "odd.ckpt"))


def matrix(rows, columns, name):
    values = np.random.default_rng(rows + columns).normal(size=(rows, columns))
    return v1.get_variable(name, initializer=values.astype("float32"))


def examples(name="x", size=8):
    return v1.placeholder(tf.float32, [None, size], name=name)


def ended(hidden):
    return tf.sigmoid(hidden @ matrix(3, 8, "decoder"), name="out")


def condition():
    training = v1.placeholder(tf.bool, [])
    hidden = tf.nn.relu(examples() @ matrix(8, 3, "encoder"))
    ended(tf.cond(training, lambda: hidden * 2.0, lambda: hidden))


def loop():
    hidden = examples() @ matrix(8, 3, "encoder")
    ended(tf.while_loop(lambda i, h: i < 3, lambda i, h: (i + 1, h), (0, hidden))[1])


def normalized_by_the_batch():
    hidden = examples() @ matrix(8, 3, "encoder")
    mean, variance = tf.nn.moments(hidden, [0])
    ended(tf.nn.batch_normalization(hidden, mean, variance, None, None, 1e-3))


def python_code():
    hidden = tf.numpy_function(np.copy, [examples() @ matrix(8, 3, "e")], tf.float32)
    hidden.set_shape([None, 3])
    ended(hidden)


def reads_a_file():
    text = tf.io.decode_raw(tf.io.read_file("secret"), tf.uint8)
    scale = tf.cast(tf.reshape(text[:8], [1, 8]), tf.float32)
    ended((examples() * scale) @ matrix(8, 3, "encoder"))


def writes_a_file():
    x = examples()
    with tf.control_dependencies([tf.io.write_file("written", "here")]):
        x = tf.identity(x)
    ended(tf.nn.relu(x @ matrix(8, 3, "encoder")))


def two_towers():
    for name in ("left", "right"):
        with v1.variable_scope(name):
            ended(tf.nn.relu(examples(name) @ matrix(8, 3, "encoder")))


def two_inputs():
    x, label = examples(), v1.placeholder(tf.float32, [None, 2])
    ended(tf.nn.relu(tf.concat([x, label], 1) @ matrix(10, 3, "encoder")))


def skips():
    hidden = examples() @ matrix(8, 8, "encoder")
    tf.sigmoid((tf.nn.relu(hidden) + hidden) @ matrix(8, 8, "decoder"))


def unknown_operation():
    ended(tf.nn.l2_normalize(examples() @ matrix(8, 3, "encoder"), 1))


def hidden_of_its_size():
    hidden = tf.nn.relu(examples() @ matrix(8, 8, "one"))
    hidden = tf.nn.l2_normalize(tf.nn.relu(hidden @ matrix(8, 8, "two")), 1)
    tf.sigmoid(hidden @ matrix(8, 8, "three"))


def variables_alone():
    matrix(8, 3, "encoder")


def queue():
    x = v1.FIFOQueue(10, [tf.float32], [[8]]).dequeue_many(4)
    ended(tf.nn.relu(x @ matrix(8, 3, "encoder")))


def classifier():
    hidden = tf.nn.relu(examples() @ matrix(8, 5, "encoder"))
    logits = tf.identity(hidden @ matrix(5, 3, "head"), name="logits")
    labels = v1.placeholder(tf.int64, [None])
    tf.nn.sparse_softmax_cross_entropy_with_logits(labels=labels, logits=logits)


def no_shape():
    ended(tf.nn.relu(v1.placeholder(tf.float32) @ matrix(8, 3, "encoder")))


def kept_units():
    keep = v1.placeholder(tf.float32)
    hidden = v1.nn.dropout(examples() @ matrix(8, 3, "encoder"), keep_prob=keep)
    ended(hidden)


def dropped_units():
    hidden = v1.nn.dropout(examples() @ matrix(8, 3, "encoder"), rate=0.2)
    ended(hidden)


def doubles():
    x = v1.placeholder(tf.float64, [None, 8])
    keep = v1.placeholder_with_default(np.float64(1), [])
    hidden = tf.nn.relu(x @ tf.cast(matrix(8, 3, "encoder"), tf.float64))
    hidden = v1.nn.dropout(hidden, keep_prob=keep)
    tf.sigmoid(hidden @ tf.cast(matrix(3, 8, "decoder"), tf.float64))


def learned(outputs, x):
    """Adds a loss that compares outputs with examples."""
    loss = tf.reduce_mean(tf.square(outputs - x))
    v1.train.GradientDescentOptimizer(0.1).minimize(loss)


def network(x, *widths):
    for number, width in enumerate(widths):
        x = tf.nn.relu(x @ matrix(int(x.shape[-1]), width, f"w{number}"))
    return x


def residual():
    x = examples()
    learned(x + network(x, 3, 8), x)


def learns_noise():
    x = examples()
    learned(x - network(x, 3, 8), examples("clean"))


def gated():
    x = examples()
    hidden = x * tf.sigmoid(network(x, 3, 8))
    learned(hidden @ matrix(8, 3, "a") @ matrix(3, 8, "b"), x)


def hidden_of_its_size_with_a_loss():
    x = examples()
    hidden = tf.nn.l2_normalize(network(x, 8, 8), 1)
    learned(tf.sigmoid(hidden @ matrix(8, 8, "last")), x)


def noise_with_a_variable():
    x = examples()
    bias = v1.get_variable("bias", initializer=np.ones(3, "float32"))
    hidden = x @ matrix(8, 3, "a") + (bias + 0.1 * tf.random.normal([3]))
    learned(hidden @ matrix(3, 8, "b"), x)


def narrow_noise():
    x = examples()
    mean, deviation = x @ matrix(8, 3, "mean"), tf.exp(x @ matrix(8, 3, "log") * 0.5)
    code = mean + deviation * tf.random.normal(tf.shape(mean), stddev=0.01)
    learned(code @ matrix(3, 8, "b"), x)


def mixed_by_a_switch():
    x, share = examples(), v1.placeholder(tf.float32, [])
    code = x @ matrix(8, 3, "one") + share * (x @ matrix(8, 3, "two"))
    learned(code @ matrix(3, 8, "b"), x)


def chosen_by_a_switch():
    x, share = examples(), v1.placeholder(tf.float32, [], name="share")
    learned(share * network(x, 3) @ matrix(3, 8, "b"), x)


def strided_ties():
    x = v1.placeholder(tf.float32, [4, 8, 8, 1], name="x")
    generator = np.random.default_rng(0)
    kernel, lower = (
        v1.get_variable(name, initializer=generator.normal(size=shape).astype("f4"))
        for name, shape in (("kernel", [3, 3, 1, 2]), ("lower", [3, 3, 2, 2]))
    )
    hidden = tf.nn.relu(tf.nn.conv2d(x, kernel, 2, "SAME"))
    code = tf.nn.relu(tf.nn.conv2d(hidden, lower, 1, "SAME"))
    hidden = tf.nn.relu(tf.nn.conv2d_transpose(code, lower, [4, 8, 8, 2], 2))
    learned(tf.nn.conv2d_transpose(hidden, kernel, [4, 8, 8, 1], 1), x)


def infinite_bias():
    x = examples()
    bias = v1.get_variable("bias", initializer=np.full(8, np.inf, "float32"))
    learned(tf.sigmoid(network(x, 3) @ matrix(3, 8, "b") + bias), x)


def scaled_outputs():
    x = examples()
    learned(255.0 * tf.sigmoid(network(x, 3) @ matrix(3, 8, "b")), x)


def scale_before_dropout():
    x = examples()
    hidden = 1.7159 * tf.tanh(x @ matrix(8, 3, "a"))
    hidden *= tf.floor(0.9 + tf.random.uniform(tf.shape(hidden)))
    learned(hidden @ matrix(3, 8, "b"), x)


def two_savers():
    x = examples()
    averages = v1.train.ExponentialMovingAverage(0.5)
    learned(network(x, 3) @ matrix(3, 8, "b"), x)
    averages.apply(v1.trainable_variables())
    v1.train.Saver(averages.variables_to_restore())


def regression():
    hidden = network(examples(), 5)
    tf.identity(hidden @ matrix(5, 3, "head"), name="values")
