"""handson-ml chapter 15, the classifier without pretraining: 784-300-150-10 (C).

ELU, He's initializer, cross-entropy and a penalty of 5e-4, Adam
0.01, the first 20,000 labels in batches of 150, each drawn from all of them anew. The
loss is one value per example, whose gradients are sums over the batch, the penalty's as
well. Run it with

    python -m legacy_tf1_ports.notebook_classifier --data mnist
"""

import itertools

import tensorflow as tf

from legacy_tf1_ports import _command, _data, _graph, _notebook

v1 = tf.compat.v1

EPOCHS = 4
PENALTY = 5e-4
CLASSES = 10
LABELS = 20_000


def build(input_dim=784, dtype=tf.float32):
    """The program's graph, in the current default graph."""
    inputs = v1.placeholder(dtype, (None, input_dim))
    targets = v1.placeholder(tf.int32, (None,))
    layer, kernels, biases = inputs, [], []
    sizes = (input_dim, *_notebook.HIDDEN, CLASSES)
    for index, shape in enumerate(itertools.pairwise(sizes), start=1):
        kernels.append(v1.Variable(_graph.he(shape, dtype), name=f"weights{index}"))
        biases.append(v1.Variable(tf.zeros(shape[1], dtype), name=f"biases{index}"))
        layer = tf.matmul(layer, kernels[-1]) + biases[-1]
        layer = tf.nn.elu(layer) if index < len(sizes) - 1 else layer
    errors = tf.nn.sparse_softmax_cross_entropy_with_logits(targets, layer)
    loss = errors + _graph.l2(PENALTY, kernels)
    right = tf.nn.in_top_k(targets, tf.cast(layer, tf.float32), 1)
    return _notebook.program(
        inputs,
        layer,
        loss,
        [one for pair in zip(kernels, biases, strict=True) for one in pair],
        draw=_data.redrawn,
        targets=targets,
        figures={"accuracy": tf.reduce_mean(tf.cast(right, tf.float32))},
    )


def main(arguments=None):
    """Trains and prints the accuracy of the last batch, and on the test part."""
    options = _command.options(__doc__.splitlines()[0], EPOCHS, arguments)
    train, test = read(options.data)
    with _graph.session(options.seed) as session:
        program = build(train.images.shape[1])
        session.run(v1.global_variables_initializer())
        fit(session, program, train, test, options)


def read(name):
    """Labelled examples to train on and to test on."""
    train, test = _data.read_data_sets(name)
    if train.labels is None:
        _command.refuse(f"{name} has no labels. Give --data mnist or digits.")
    return train, test


def fit(session, program, train, test, options):
    """Trains on the first labels; saves as `options` say."""
    arrays = (train.images[:LABELS], train.labels[:LABELS])
    _notebook.train(session, program, arrays, options.epochs, options.seed, test=test)
    if options.checkpoint:
        _graph.save(session, options.checkpoint)


if __name__ == "__main__":
    main()
