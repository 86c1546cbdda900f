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
    tf.identity(hidden @ matrix(5, 3, "head"), name="logits")


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
    kernel = tf.cast(matrix(8, 3, "encoder"), tf.float64)
    tf.sigmoid(tf.nn.relu(x @ kernel) @ tf.cast(matrix(3, 8, "decoder"), tf.float64))
