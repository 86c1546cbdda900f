"""What the runners of tensorflow/models' research/autoencoder have in common (B)."""

import tensorflow as tf
from sklearn import preprocessing

from legacy_tf1_ports import _command, _data, _graph

v1 = tf.compat.v1

HIDDEN = 200
LEARNING_RATE = 1e-3
BATCH_SIZE = 128


def program(inputs, outputs, variables, cost=None, **more):
    """The graph that minimizes `cost`, by default half the summed squared error.

    It is a sum over the batch, too.
    """
    if cost is None:
        cost = squared_error(outputs, inputs)
    train_op = _graph.adam(LEARNING_RATE, inputs.dtype).minimize(cost)
    return _graph.Program(
        inputs, outputs, cost, train_op, variables, _data.blocks, **more
    )


def squared_error(outputs, inputs):
    """½ Σ (x̂ − x)², over features and examples."""
    return 0.5 * tf.reduce_sum(tf.math.squared_difference(outputs, inputs))


def run(build, description, epochs, arguments, scaler=preprocessing.StandardScaler):
    """Trains on random blocks of scaled images, and prints the costs as they did.

    The cost of an epoch is the mean of its batches', times what is not a whole batch.
    """
    options = _command.options(description, epochs, arguments)
    train, test = (part.images for part in _data.read_data_sets(options.data))
    _data.check_count(train, BATCH_SIZE)
    scaler = scaler().fit(train)
    train, test = scaler.transform(train), scaler.transform(test)
    with _graph.session(options.seed) as session:
        program = build(train.shape[1])
        session.run(v1.global_variables_initializer())
        blocks = program.draw((train,), BATCH_SIZE, options.seed)
        for epoch in range(1, options.epochs + 1):
            mean = 0.0
            for _ in range(len(train) // BATCH_SIZE):
                cost, _ = session.run(
                    [program.loss, program.train_op], program.feeds(next(blocks))
                )
                mean += cost / len(train) * BATCH_SIZE
            print(f"Epoch: {epoch}, Cost: {mean:.9f}")
        total = session.run(program.loss, {program.inputs: test, **program.measuring})
        print(f"Total cost: {total}")
        if options.checkpoint:
            _graph.save(session, options.checkpoint)
