"""TF1 programs of all kinds, drawn at random, with their checkpoints and outputs."""

import math
from typing import NamedTuple

import numpy as np
import tensorflow as tf

v1 = tf.compat.v1
# Kernels of batch normalization that are fused with tanh are not there on a CPU.
UNFUSED = v1.ConfigProto()
UNFUSED.graph_options.rewrite_options.disable_meta_optimizer = True
KINDS = ("dense", "tied", "normalized", "variational", "convolution", "pooled")
SCOPES = ("model", "encoder", "ae/decoder", "net", "a", "dense", "layer_1", "weights")
WORDS = (
    "kernel",
    "W",
    "Variable",
    "weights",
    "bias",
    "b_prime",
    "Matrix",
    "x",
    "gamma",
)
ROWS = 32


class Drawn(NamedTuple):
    """A program that was drawn.

    Attributes:
        path: Path of its checkpoint.
        rows: Array of examples.
        outputs: What the program makes of them, without noise.
        kind: One of `KINDS`.
    """

    path: str
    rows: np.ndarray
    outputs: np.ndarray
    kind: str


def leaky(x, rng):
    """One of the ways in which a leaky ReLU was written."""
    slope = float(rng.choice([0.01, 0.2, 0.3]))
    way = rng.integers(3)
    if way == 0:
        return tf.nn.leaky_relu(x, slope)
    if way == 1:
        return tf.maximum(slope * x, x)
    return 0.5 * (1 + slope) * x + 0.5 * (1 - slope) * tf.abs(x)


ACTIVATIONS = (
    lambda x, rng: tf.nn.relu(x),
    lambda x, rng: tf.nn.sigmoid(x),
    lambda x, rng: tf.tanh(x),
    lambda x, rng: tf.nn.elu(x),
    lambda x, rng: tf.nn.softplus(x),
    lambda x, rng: tf.nn.selu(x),
    lambda x, rng: tf.nn.softsign(x),
    lambda x, rng: tf.maximum(x, 0.0),
    lambda x, rng: x * tf.sigmoid(x),
    leaky,
    lambda x, rng: x,
)
SCALES = (
    lambda h: tf.exp(0.5 * h),
    lambda h: tf.exp(h / 2.0),
    lambda h: tf.sqrt(tf.exp(h)),
    tf.exp,
    tf.nn.softplus,
    lambda h: h,
)


class Program:
    """What is drawn on the way: variables with odd names, and what is random."""

    def __init__(self, seed):
        self.rng = np.random.default_rng(seed)
        self.resource = bool(self.rng.integers(2))
        self.neutral, self.saved = {}, {}
        self.renames = self.rng.random() < 0.2

    def variable(self, shape, scale=None, positive=False):
        """A variable of random values under a random name."""
        values = self.rng.normal(size=shape)
        values *= 1 / math.sqrt(np.prod(shape[:-1]) or 1) if scale is None else scale
        values = np.abs(values) + 0.5 if positive else values
        scope = str(self.rng.choice(SCOPES))
        word = str(self.rng.choice(WORDS))
        with v1.variable_scope(f"{scope}_{len(self.saved)}"):
            made = v1.get_variable(
                word,
                initializer=values.astype("float32"),
                use_resource=self.resource,
            )
        name = f"v{len(self.saved)}" if self.renames else made.op.name
        self.saved[name] = made
        return made

    def biased(self, x, channels):
        """X and a bias, written in one of several ways, or none."""
        way = self.rng.integers(4)
        if way == 0:
            return x
        bias = self.variable((channels,), scale=0.3)
        return tf.nn.bias_add(x, bias) if way == 1 else x + bias

    def activated(self, x):
        return self.rng.choice(ACTIVATIONS)(x, self.rng)

    def dense(self, x, units):
        kernel = self.variable((x.shape[-1], units))
        if self.rng.random() < 0.2:
            kernel_t = self.variable((units, x.shape[-1]))
            return self.biased(tf.matmul(x, kernel_t, transpose_b=True), units)
        return self.biased(tf.matmul(x, kernel), units)

    def normalized(self, x):
        """Batch normalization by moving averages, fused or written out."""
        channels = (x.shape[-1],)
        mean = self.variable(channels, scale=0.3)
        variance = self.variable(channels, positive=True)
        offset = self.variable(channels, scale=0.3)
        scale = self.variable(channels, positive=True)
        if len(x.shape) == 4 and self.rng.integers(2):
            options = {"epsilon": 1e-3, "is_training": False}
            return v1.nn.fused_batch_norm(x, scale, offset, mean, variance, **options)[
                0
            ]
        return tf.nn.batch_normalization(x, mean, variance, offset, scale, 1e-3)

    def dropped(self, x):
        """Dropout that a placeholder turns off, or none, or noise."""
        way = self.rng.integers(6)
        if way == 0:
            keep = v1.placeholder(tf.float32, [], name="keep")
            self.neutral[keep] = 1.0
            return v1.nn.dropout(x, keep_prob=keep)
        if way == 1:
            return v1.nn.dropout(x, rate=v1.placeholder_with_default(0.0, []))
        if way == 2:
            noise = tf.random.normal(tf.shape(x))
            self.neutral[noise] = "zeros"
            return x + 0.3 * noise
        return x


def draw(seed, folder):
    """Writes a program's checkpoint and graph; `Drawn`."""
    with tf.Graph().as_default(), v1.Session(config=UNFUSED) as session:
        program = Program(seed)
        rng = program.rng
        kind = KINDS[seed % len(KINDS)]
        images = kind in ("convolution", "pooled")
        size = int(rng.choice([4, 6, 8])) if images else int(rng.integers(5, 30))
        flat = not images or rng.integers(2)
        width = size * size if images else size
        shape = [None, width] if flat else [None, size, size, 1]
        x = v1.placeholder(tf.float32, shape, name=str(rng.choice(["x", "X", "input"])))
        build = {"convolution": convolutional, "pooled": convolutional}.get(
            kind, flat_one
        )
        outputs, logits = build(program, kind, x, size)
        target = x if rng.integers(2) else v1.placeholder(tf.float32, shape, name="y")
        if outputs.shape.rank != target.shape.rank:
            outputs = tf.reshape(outputs, [-1, width])
            logits = None
        train(program, outputs, logits, target)
        distract(program, x)
        session.run(v1.global_variables_initializer())
        path = str(folder / "model.ckpt")
        listed = program.saved if program.renames else None
        v1.train.Saver(listed).save(session, path)
        rows = rng.random((ROWS, *shape[1:])).astype("float32")
        feeds = {x: rows}
        for tensor, value in program.neutral.items():
            if value == "zeros":
                value = np.zeros(session.run(tf.shape(tensor), feeds), "float32")
            feeds[tensor] = value
        return Drawn(path, rows, session.run(outputs, feeds), kind)


def flat_one(program, kind, x, size):
    """Layers of vectors: plain, tied, normalized, or around a code that is drawn."""
    rng = program.rng
    units = [int(one) for one in rng.integers(2, 24, size=rng.integers(1, 4))]
    if rng.random() < 0.2:
        units = [units[0]] * len(units)
    hidden, kernels = program.dropped(x), []
    for width in units:
        if kind == "tied":
            kernels.append(program.variable((hidden.shape[-1], width)))
            hidden = program.biased(tf.matmul(hidden, kernels[-1]), width)
        else:
            hidden = program.dense(hidden, width)
        if kind == "normalized":
            hidden = program.normalized(hidden)
        hidden = program.activated(hidden)
    if kind == "variational":
        hidden = drawn_code(program, hidden)
    if kind == "tied":
        for at, kernel in enumerate(reversed(kernels)):
            before = int(kernel.shape[0])
            if rng.integers(2):
                product = tf.matmul(hidden, tf.transpose(kernel))
            else:
                product = tf.matmul(hidden, kernel, transpose_b=True)
            hidden = program.biased(product, before)
            if at < len(kernels) - 1:
                hidden = program.activated(hidden)
        return ended(program, hidden)
    for width in reversed(units[:-1]):
        hidden = program.activated(program.dense(hidden, width))
    return ended(program, program.dense(hidden, size))


def drawn_code(program, hidden):
    width = int(program.rng.integers(1, 8))
    if program.rng.random() < 0.2:
        both = program.dense(hidden, 2 * width)
        mean, spread = tf.split(both, 2, axis=1)
    else:
        mean, spread = program.dense(hidden, width), program.dense(hidden, width)
    noise = tf.random.normal(tf.shape(mean))
    program.neutral[noise] = "zeros"
    way = program.rng.choice(len(SCALES))
    return mean + SCALES[way](spread) * noise


def convolutional(program, kind, x, size):
    """Convolutions down and up: with strides, or pooling and resizing."""
    rng = program.rng
    hidden = x if len(x.shape) == 4 else tf.reshape(x, [-1, size, size, 1])
    sizes, channels, kernels = [], [], []
    for _ in range(int(rng.integers(1, 3))):
        filters, window = int(rng.integers(2, 6)), int(rng.choice([2, 3, 5]))
        kernel = program.variable((window, window, int(hidden.shape[-1]), filters))
        sizes.append(int(hidden.shape[1]))
        channels.append(int(hidden.shape[-1]))
        kernels.append(kernel)
        stride = 2 if kind == "convolution" else 1
        hidden = tf.nn.conv2d(hidden, kernel, strides=stride, padding="SAME")
        hidden = program.biased(hidden, filters)
        if rng.random() < 0.3:
            hidden = program.normalized(hidden)
        hidden = program.activated(hidden)
        if kind == "pooled":
            hidden = tf.nn.max_pool2d(hidden, 2, 2, "SAME")
    tied = kind == "convolution" and rng.integers(2)
    for at in reversed(range(len(kernels))):
        if kind == "convolution":
            kernel = (
                kernels[at] if tied else program.variable(kernels[at].shape.as_list())
            )
            hidden = tf.nn.conv2d_transpose(
                hidden,
                kernel,
                tf.stack([tf.shape(x)[0], sizes[at], sizes[at], channels[at]]),
                strides=2,
            )
        else:
            hidden = v1.image.resize_nearest_neighbor(hidden, [sizes[at], sizes[at]])
            kernel = program.variable((3, 3, int(hidden.shape[-1]), channels[at]))
            hidden = tf.nn.conv2d(hidden, kernel, strides=1, padding="SAME")
        hidden = tf.reshape(hidden, [-1, sizes[at], sizes[at], channels[at]])
        hidden = program.biased(hidden, channels[at])
        if at:
            hidden = program.activated(hidden)
    return ended(program, hidden)


def ended(program, logits):
    """The outputs of logits, and these where the outputs are their sigmoid."""
    way = program.rng.integers(3)
    if way == 0:
        return tf.nn.sigmoid(logits), logits
    return (logits if way == 1 else tf.tanh(logits)), None


def train(program, outputs, logits, target):
    """A loss, and an optimizer of it."""
    rng = program.rng
    way = rng.integers(5)
    if way == 0 and logits is not None:
        loss = tf.reduce_mean(
            tf.nn.sigmoid_cross_entropy_with_logits(labels=target, logits=logits)
        )
    elif way == 1 and logits is not None:
        loss = -tf.reduce_mean(
            target * tf.math.log(outputs + 1e-10)
            + (1 - target) * tf.math.log(1e-10 + 1 - outputs)
        )
    elif way == 2:
        loss = tf.reduce_mean(tf.math.squared_difference(outputs, target))
    elif way == 3:
        loss = tf.reduce_sum(tf.pow(target - outputs, 2)) / 2
    else:
        loss = tf.reduce_mean(tf.square(outputs - target))
    step = v1.train.get_or_create_global_step()
    program.saved["global_step"] = step
    optimizers = (
        v1.train.AdamOptimizer(1e-3),
        v1.train.GradientDescentOptimizer(0.1),
        v1.train.MomentumOptimizer(0.1, 0.9),
        v1.train.RMSPropOptimizer(0.01),
    )
    rng.choice(optimizers).minimize(loss, global_step=step)
    v1.summary.scalar("loss", loss)


def distract(program, x):
    """What programs have beside: a classifier of the input, pictures, accuracies."""
    if program.rng.random() < 0.3:
        flat = tf.reshape(x, [-1, math.prod(x.shape[1:])])
        scores = program.dense(flat, 3)
        labels = v1.placeholder(tf.int64, [None], name="labels")
        hits = tf.equal(tf.argmax(scores, 1), labels)
        v1.summary.scalar("accuracy", tf.reduce_mean(tf.cast(hits, tf.float32)))
