"""What the programs of handson-ml's chapter 15 have in common (C)."""

import tensorflow as tf

from legacy_tf1_ports import _data, _graph

v1 = tf.compat.v1

LEARNING_RATE = 0.01
BATCH_SIZE = 150
HIDDEN = (300, 150)


def program(
    inputs,
    outputs,
    loss,
    variables,
    learning_rate=LEARNING_RATE,
    optimizer=None,
    draw=_data.shuffled,
    **more,
):
    """The graph that minimizes `loss` by changing `variables`."""
    optimizer = optimizer or _graph.adam(learning_rate, inputs.dtype)
    train_op = optimizer.minimize(loss, var_list=variables)
    return _graph.Program(inputs, outputs, loss, train_op, variables, draw, **more)


def stack(inputs, widths, activation, names, initializer):
    """Dense layers, the last one linear, and their variables in order."""
    layer, variables = inputs, []
    for index, (units, name) in enumerate(zip(widths, names, strict=True), start=1):
        last = index == len(widths)
        layer, made = _graph.dense(
            layer, units, None if last else activation, name, initializer
        )
        variables += made
    return layer, variables


def train(session, program, arrays, epochs, seed, batch_size=BATCH_SIZE, test=None):
    """Trains on `arrays`, and prints after each epoch what its last batch gives.

    Args:
        session: Session whose variables have values.
        program: `_graph.Program`.
        arrays: Tuple of the inputs, and of the labels where it has targets.
        epochs: Integer.
        seed: Integer, seed of the order, or `None`.
        batch_size: Integer.
        test: Arrays of the test part, if what they give is printed, too.
    """
    batch_size = min(batch_size, len(arrays[0]))
    batches = program.draw(arrays, batch_size, seed)
    for epoch in range(epochs):
        for _ in range(len(arrays[0]) // batch_size):
            batch = next(batches)
            session.run(program.train_op, program.feeds(batch))
        shown = report(session, program, "Train", batch)
        if test is not None:
            shown = f"{shown} {report(session, program, 'Test', test)}"
        print(epoch, shown)


def report(session, program, part, arrays):
    """What the program prints of `arrays`, the arrays of one `part`."""
    feeds = {**program.feeds(arrays), **program.measuring}
    found = session.run(program.figures, feeds)
    return f"{part} " + "\t".join(f"{name}: {value}" for name, value in found.items())


def run(build, options, batch_size=BATCH_SIZE):
    """Trains a program of one phase, prints its test figures, and saves it."""
    train_part, test = _data.read_data_sets(options.data)
    with _graph.session(options.seed) as session:
        program = build(train_part.images.shape[1])
        session.run(v1.global_variables_initializer())
        train(
            session,
            program,
            (train_part.images,),
            options.epochs,
            options.seed,
            batch_size,
        )
        print(report(session, program, "Test", (test.images,)))
        if options.checkpoint:
            _graph.save(session, options.checkpoint)
