"""handson-ml chapter 15, one autoencoder at a time in one graph (program C).

784-300-150-300-784 ELU with linear outputs. Phase 1 trains the outer layers around the
middle, which is bypassed; phase 2 the inner ones, to rebuild the first hidden layer,
which is left as it is. Penalties of 1e-4 on what a phase trains. Run it with

    python -m legacy_tf1_ports.notebook_one_graph --data mnist
"""

import itertools

import tensorflow as tf

from legacy_tf1_ports import _command, _data, _graph, _notebook

v1 = tf.compat.v1

EPOCHS = 4
PENALTY = 1e-4


def build(input_dim=784, dtype=tf.float32):
    """The program's graph, as its two phases; the second outputs what both rebuild."""
    first, second = _notebook.HIDDEN
    inputs = v1.placeholder(dtype, (None, input_dim))
    sizes = (input_dim, first, second, first, input_dim)
    kernels, biases = [], []
    for index, shape in enumerate(itertools.pairwise(sizes), start=1):
        kernels.append(v1.Variable(_graph.he(shape, dtype), name=f"weights{index}"))
    for index, units in enumerate(sizes[1:], start=1):
        biases.append(v1.Variable(tf.zeros(units, dtype), name=f"biases{index}"))

    hidden1 = tf.nn.elu(tf.matmul(inputs, kernels[0]) + biases[0])
    hidden2 = tf.nn.elu(tf.matmul(hidden1, kernels[1]) + biases[1])
    hidden3 = tf.nn.elu(tf.matmul(hidden2, kernels[2]) + biases[2])
    outputs = tf.matmul(hidden3, kernels[3]) + biases[3]
    bypassed = tf.matmul(hidden1, kernels[3]) + biases[3]

    # One for both: in phase 2 its moments are new, and not corrected for that.
    optimizer = _graph.adam(_notebook.LEARNING_RATE, dtype)
    phases = []
    for number, rebuilt, wanted, shown, codes, trained in (
        (1, bypassed, inputs, bypassed, hidden1, (0, 3)),
        (2, hidden3, hidden1, outputs, hidden2, (1, 2)),
    ):
        with tf.name_scope(f"phase{number}"):
            error = _graph.mean_squared_error(rebuilt, wanted)
            loss = error + _graph.l2(PENALTY, [kernels[index] for index in trained])
            variables = [(kernels[index], biases[index]) for index in trained]
            phases.append(
                _notebook.program(
                    inputs,
                    shown,
                    loss,
                    [one for pair in variables for one in pair],
                    optimizer=optimizer,
                    figures={"MSE": error},
                    codes=codes,
                )
            )
    return phases


def main(arguments=None):
    """Trains both phases and prints their errors, and the whole's on the test part."""
    run(build, _command.options(__doc__.splitlines()[0], EPOCHS, arguments))


def run(build, options):
    """Trains what `build` makes; activations that a phase is fed are made once."""
    train, test = _data.read_data_sets(options.data)
    with _graph.session(options.seed) as session:
        first, second = build(train.images.shape[1])
        session.run(v1.global_variables_initializer())
        print("Training phase #1")
        _notebook.train(session, first, (train.images,), options.epochs, options.seed)
        print("Training phase #2")
        fed = train.images
        if second.inputs is first.codes:
            fed = session.run(first.codes, {first.inputs: fed})
        _notebook.train(session, second, (fed,), options.epochs, options.seed)
        error = _graph.mean_squared_error(second.outputs, first.inputs)
        print("Test MSE:", session.run(error, {first.inputs: test.images}))
        if options.checkpoint:
            _graph.save(session, options.checkpoint)


if __name__ == "__main__":
    main()
