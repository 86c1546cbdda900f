"""handson-ml chapter 15, PCA with a linear autoencoder: 3-2-3 (program C).

Glorot's initializer, mean squared error, Adam 0.01, 1,000 steps on all of 100 points
near a plane, standardized; so are data given with --data. Run it with

    python -m legacy_tf1_ports.notebook_linear_pca --figure codes.png
"""

import numpy as np
import tensorflow as tf
from sklearn.preprocessing import StandardScaler

from legacy_tf1_ports import _command, _data, _graph, _notebook

v1 = tf.compat.v1

CODES = 2
STEPS = 1000


def points(count=200, seed=4):
    """Points on a bent strip near a plane, `(count, 3)`."""
    generator = np.random.RandomState(seed)
    angles = generator.rand(count) * 3 * np.pi / 2 - 0.5
    first = np.cos(angles) + np.sin(angles) / 2 + 0.1 * generator.randn(count) / 2
    second = 0.7 * np.sin(angles) + 0.1 * generator.randn(count) / 2
    third = 0.1 * first + 0.3 * second + 0.1 * generator.randn(count)
    return np.stack([first, second, third], axis=1)


def examples(name):
    """Standardized examples to train on and to test on; of the points half are each."""
    if name == "points":
        train, test = np.split(points(), 2)
    else:
        train, test = (part.images for part in _data.read_data_sets(name))
    scaler = StandardScaler().fit(train)
    return tuple(scaler.transform(part).astype("float32") for part in (train, test))


def build(input_dim=3, dtype=tf.float32):
    """The program's graph, in the current default graph."""
    inputs = v1.placeholder(dtype, (None, input_dim))
    codes, encoder = _graph.dense(inputs, CODES, None, "dense")
    outputs, decoder = _graph.dense(codes, input_dim, None, "dense_1")
    error = _graph.mean_squared_error(outputs, inputs)
    return _notebook.program(
        inputs,
        outputs,
        error,
        [*encoder, *decoder],
        codes=codes,
        draw=_data.in_order,
        figures={"MSE": error},
    )


def main(arguments=None):
    """Trains, prints the error of points not trained on, and draws their codes."""
    options = _command.options(
        __doc__.splitlines()[0],
        STEPS,
        arguments,
        data="points",
        data_help=f"points, {_command.DATA}",
        figure="the codes",
    )
    train, test = examples(options.data)
    with _graph.session(options.seed) as session:
        program = build(train.shape[1])
        session.run(v1.global_variables_initializer())
        batches = program.draw((train,), len(train), options.seed)
        for _ in range(options.epochs):
            session.run(program.train_op, program.feeds(next(batches)))
        error, codes = session.run(
            [program.loss, program.codes], {program.inputs: test}
        )
        print("Test MSE:", error)
        if options.checkpoint:
            _graph.save(session, options.checkpoint)
    if options.figure:
        from matplotlib.figure import Figure

        figure = Figure()
        figure.subplots().plot(*codes.T, "b.")
        figure.savefig(options.figure)


if __name__ == "__main__":
    main()
