"""An adversarial autoencoder of three optimizers: 784-256-128-2 (program D).

Hidden layers of ReLU, a linear code of two numbers that a discriminator 2-256-128-1 is
to take for draws of N(0, I), sigmoid outputs, mean squared error. Three Adams of 1e-3
take turns, each on its `var_list`: the autoencoder, the discriminator, the encoder.
Batches of 100, 50 epochs. Run it with

    python -m legacy_tf1_ports.adversarial_autoencoder --data mnist
"""

import tensorflow as tf

from legacy_tf1_ports import _data, _graph, _scripts

v1 = tf.compat.v1

EPOCHS = 50
BATCH_SIZE = 100
HIDDEN = (256, 128)
CODES = 2
LEARNING_RATE = 1e-3


def build(input_dim=784, dtype=tf.float32):
    """The program's graph; fed noise are codes of the prior, `(batch, 2)`."""
    inputs = v1.placeholder(dtype, (None, input_dim))
    codes, encoder = stack(inputs, (*HIDDEN, CODES), None, "encoder")
    outputs, decoder = stack(codes, (*HIDDEN[::-1], input_dim), "sigmoid", "decoder")
    real = v1.random_normal((tf.shape(inputs)[0], CODES), dtype=dtype)
    real = _graph.drawn(tf.ensure_shape(real, (None, CODES)))
    of_real, discriminator = stack(real, (*HIDDEN, 1), None, "discriminator")
    of_fake, _ = stack(codes, (*HIDDEN, 1), None, "discriminator")

    error = _graph.mean_squared_error(outputs, inputs)
    told_apart = crossentropy(of_real, tf.ones_like) + crossentropy(
        of_fake, tf.zeros_like
    )
    deceived = crossentropy(of_fake, tf.ones_like)
    steps = [
        (loss, _graph.adam(LEARNING_RATE, dtype).minimize(loss, var_list=variables))
        for loss, variables in (
            (error, [*encoder, *decoder]),
            (told_apart, discriminator),
            (deceived, encoder),
        )
    ]
    return _graph.Program(
        inputs,
        outputs,
        *steps[0],
        [*encoder, *decoder, *discriminator],
        _data.shuffled,
        figures={
            "Autoencoder Loss": error,
            "Discriminator Loss": told_apart,
            "Generator Loss": deceived,
        },
        noise=real,
        further=tuple(steps[1:]),
    )


def stack(inputs, widths, activation, scope):
    """Dense layers of ReLU, but the last, under names in a scope; twice the same."""
    layer, variables = inputs, []
    with v1.variable_scope(scope, reuse=v1.AUTO_REUSE):
        for index, units in enumerate(widths):
            last = index == len(widths) - 1
            name = f"dense_{index}" if index else "dense"
            layer, made = _graph.dense(layer, units, None if last else tf.nn.relu, name)
            variables += made
    return tf.nn.sigmoid(layer) if activation == "sigmoid" else layer, variables


def crossentropy(logits, labels):
    """Mean of what labels of one kind, zeros or ones, cost."""
    return tf.reduce_mean(
        tf.nn.sigmoid_cross_entropy_with_logits(labels=labels(logits), logits=logits)
    )


def main(arguments=None):
    """Trains and prints the three losses of each epoch's last batch."""
    _scripts.run(build, __doc__.splitlines()[0], EPOCHS, BATCH_SIZE, arguments)


if __name__ == "__main__":
    main()
