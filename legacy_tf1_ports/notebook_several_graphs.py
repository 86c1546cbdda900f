"""handson-ml chapter 15, one autoencoder at a time in several graphs (program C).

784-300-784 with linear outputs, then 300-150-300 with ELU outputs on the codes of the
first, both ELU with a penalty of 5e-4. Each batch is drawn from all examples anew. Run
it with

    python -m legacy_tf1_ports.notebook_several_graphs --data mnist
"""

import numpy as np
import tensorflow as tf

from legacy_tf1_ports import _command, _data, _graph, _notebook

v1 = tf.compat.v1

EPOCHS = 4
PENALTY = 5e-4


def build(input_dim=784, dtype=tf.float32, units=300, output_activation=None):
    """The first of the two graphs, in the current default graph."""
    inputs = v1.placeholder(dtype, (None, input_dim))
    codes, encoder = _graph.dense(inputs, units, tf.nn.elu, "hidden", _graph.he)
    outputs, decoder = _graph.dense(
        codes, input_dim, output_activation, "outputs", _graph.he
    )
    error = _graph.mean_squared_error(outputs, inputs)
    variables = [*encoder, *decoder]
    loss = error + _graph.l2(PENALTY, variables[::2])
    return _notebook.program(
        inputs,
        outputs,
        loss,
        variables,
        draw=_data.redrawn,
        figures={"MSE": error},
        codes=codes,
    )


def build_second(input_dim=300, dtype=tf.float32):
    """The second graph, which learns from the codes of the first."""
    return build(input_dim, dtype, units=150, output_activation=tf.nn.elu)


GRAPHS = (build, build_second)


def main(arguments=None):
    """Trains both, prints what each rebuilds, and the test error of the two joined."""
    options = _command.options(__doc__.splitlines()[0], EPOCHS, arguments)
    train, test = _data.read_data_sets(options.data)
    seen, tested, decoders = train.images, test.images, []
    for number, graph in enumerate(GRAPHS, start=1):
        with _graph.session(options.seed) as session:
            program = graph(seen.shape[1])
            session.run(v1.global_variables_initializer())
            _notebook.train(session, program, (seen,), options.epochs, options.seed)
            decoders.append(session.run(program.variables[2:]))
            rebuilt = session.run(program.outputs, {program.inputs: tested})
            seen, tested = (
                session.run(program.codes, {program.inputs: part})
                for part in (seen, tested)
            )
            if options.checkpoint:
                _graph.save(session, f"{options.checkpoint}_{number}")
    # The second graph rebuilds the codes of the first, whose decoder rebuilds images.
    kernel, bias = decoders[0]
    error = np.mean((rebuilt @ kernel + bias - test.images) ** 2)
    print("Test MSE:", error)


if __name__ == "__main__":
    main()
