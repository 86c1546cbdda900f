"""zhoubaohang's AE_train.py: the leaky-ReLU stacked autoencoder (program A).

784-256-128-64-128-256-784, leaky ReLU with slope 0.2, sigmoid output, mean squared
error, Adam 1e-3, batches of 128 in file order without shuffling. Run it with

    python -m legacy_tf1_ports.leaky_relu_stacked --data mnist
"""

import math

import tensorflow as tf

from legacy_tf1_ports import _command, _data, _graph

v1 = tf.compat.v1

HIDDEN = (256, 128, 64)
LEARNING_RATE = 1e-3
BATCH_SIZE = 128
EPOCHS = 10


def build(input_dim=784, dtype=tf.float32):
    """The program's graph, in the current default graph."""
    inputs = v1.placeholder(dtype, (None, input_dim))
    layer, variables = inputs, []
    for scope, widths, last in (
        ("encoder", HIDDEN, tf.nn.leaky_relu),
        ("decoder", (*HIDDEN[-2::-1], input_dim), tf.nn.sigmoid),
    ):
        with v1.variable_scope(scope):
            for index, units in enumerate(widths):
                name = f"dense_{index}" if index else "dense"
                activation = last if index == len(widths) - 1 else tf.nn.leaky_relu
                layer, made = _graph.dense(layer, units, activation, name)
                variables += made
    loss = _graph.mean_squared_error(layer, inputs)
    train_op = _graph.adam(LEARNING_RATE, dtype).minimize(loss)
    return _graph.Program(inputs, layer, loss, train_op, variables, _data.in_order)


def main(arguments=None):
    """Trains and prints the mean loss of each epoch, as the script did."""
    options = _command.options(
        __doc__.splitlines()[0],
        EPOCHS,
        arguments,
        figure="the reconstructions",
    )
    train, shown = _data.pickle(options.data)
    _data.check_count(train, BATCH_SIZE)
    if options.figure and math.isqrt(train.shape[1]) ** 2 != train.shape[1]:
        _command.refuse(
            f"--figure draws squares. Received: {options.data} with {train.shape[1]} "
            "features. Leave it out."
        )
    with _graph.session(options.seed) as session:
        program = build(train.shape[1])
        session.run(v1.global_variables_initializer())
        steps = len(train) // BATCH_SIZE
        batches = program.draw((train,), BATCH_SIZE, options.seed)
        for epoch in range(1, options.epochs + 1):
            errors = 0.0
            for _ in range(steps):
                error, _ = session.run(
                    [program.loss, program.train_op], program.feeds(next(batches))
                )
                errors += error
            print(f"epoch {epoch} loss:{errors / steps:.6f}")
        error, decoded = session.run(
            [program.loss, program.outputs], {program.inputs: shown}
        )
        if options.checkpoint:
            _graph.save(session, options.checkpoint)
    print(f"mean squared error of {len(shown)} images not trained on: {error:.6f}")
    if options.figure:
        _draw(shown, decoded, options.figure)


def _draw(images, decoded, path, count=10):
    from matplotlib.figure import Figure

    side = math.isqrt(images.shape[1])
    count = min(count, len(images))
    figure = Figure(figsize=(count, 2.2))
    for index, axis in enumerate(figure.subplots(2, count).flat):
        rows = images if index < count else decoded
        axis.imshow(rows[index % count].reshape(side, side), cmap="gray")
        axis.axis("off")
    figure.savefig(path)


if __name__ == "__main__":
    main()
