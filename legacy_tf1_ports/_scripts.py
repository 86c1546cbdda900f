"""What the programs that tutorials and repositories made known have in common (D)."""

import math

import numpy as np
import tensorflow as tf

from legacy_tf1_ports import _command, _data, _graph

v1 = tf.compat.v1


def program(inputs, outputs, loss, optimizer, variables, **more):
    """The graph that minimizes `loss`, on batches of a shuffled order."""
    train_op = optimizer.minimize(loss)
    return _graph.Program(
        inputs, outputs, loss, train_op, variables, _data.shuffled, **more
    )


def normal(shape, deviation, dtype):
    """A variable of normal numbers, such as the scripts began weights and biases by."""
    return v1.Variable(v1.random_normal(shape, stddev=deviation, dtype=dtype))


def run(
    build, description, epochs, batch_size, arguments, square=False, centered=False
):
    """Trains, prints what the last batch of each epoch gives, then the test part.

    Args:
        build: Function of the number of features that makes the graph.
        description: What the program is, in a line.
        epochs: Integer, its own number of them.
        batch_size: Integer.
        arguments: List of strings, or `None` for those of the command line.
        square: Whether its examples are square images.
        centered: Whether the mean of the training images is subtracted from all.
    """
    options = _command.options(description, epochs, arguments)
    train, test = (part.images for part in _data.read_data_sets(options.data))
    _data.check_count(train, batch_size)
    if square and math.isqrt(train.shape[1]) ** 2 != train.shape[1]:
        _command.refuse(
            f"The program trains on square images. Received: {options.data} with "
            f"{train.shape[1]} features. Give --data mnist or digits."
        )
    if centered:
        mean = train.mean(axis=0)
        train, test = train - mean, test - mean
    with _graph.session(options.seed) as session:
        program = build(train.shape[1])
        session.run(v1.global_variables_initializer())
        batches = program.draw((train,), batch_size, options.seed)
        for epoch in range(1, options.epochs + 1):
            for _ in range(len(train) // batch_size):
                feeds = program.feeds(next(batches))
                program.step(session, feeds)
            found = session.run(program.figures, feeds)
            print(f"Epoch {epoch}, {_words(found)}")
        print(f"Test {_words(_measured(session, program, test, batch_size))}")
        if options.checkpoint:
            _graph.save(session, options.checkpoint)


def _measured(session, program, images, batch_size):
    """Means of the figures of whole batches, as large as those of training."""
    batch_size = min(batch_size, len(images))
    whole = len(images) // batch_size
    batches = _data.in_order((images,), batch_size)
    found = [
        session.run(program.figures, program.feeds(next(batches))) for _ in range(whole)
    ]
    return {name: np.mean([one[name] for one in found]) for name in program.figures}


def _words(figures):
    return ", ".join(f"{name}: {value:.6g}" for name, value in figures.items())
