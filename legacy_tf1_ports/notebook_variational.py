"""handson-ml chapter 15, the variational autoencoder with γ = log σ² (program C).

784-500-500-20-500-500-784 ELU, He's initializer, cross-entropy and divergence summed
over everything, the batch included, Adam 1e-3, batches of 150. Run it with

    python -m legacy_tf1_ports.notebook_variational --data mnist
"""

import tensorflow as tf

from legacy_tf1_ports import _command, _graph, _notebook

v1 = tf.compat.v1

EPOCHS = 50
HIDDEN = 500
CODES = 20
LEARNING_RATE = 1e-3


def build(input_dim=784, dtype=tf.float32):
    """The program's graph; fed noise is ε, `(batch, 20)`."""
    return graph(input_dim, dtype, by_gamma)


def by_gamma(mean, gamma, noise):
    """Codes, and their divergence from N(0, I), of a head that gives log σ²."""
    codes = mean + tf.exp(0.5 * gamma) * noise
    divergence = tf.exp(gamma) + tf.square(mean) - 1 - gamma
    return codes, 0.5 * tf.reduce_sum(divergence)


def graph(input_dim, dtype, draw):
    """The network around `draw(mean, head, noise)`."""
    inputs = v1.placeholder(dtype, (None, input_dim))
    layer, variables = inputs, []
    for name in ("dense", "dense_1"):
        layer, made = _graph.dense(layer, HIDDEN, tf.nn.elu, name, _graph.he)
        variables += made
    mean, of_mean = _graph.dense(layer, CODES, None, "dense_2", _graph.he)
    head, of_head = _graph.dense(layer, CODES, None, "dense_3", _graph.he)
    noise = v1.random_normal(tf.shape(mean), dtype=dtype)
    noise = _graph.drawn(tf.ensure_shape(noise, (None, CODES)))
    codes, divergence = draw(mean, head, noise)
    logits, decoder = _notebook.stack(
        codes,
        (HIDDEN, HIDDEN, input_dim),
        tf.nn.elu,
        ("dense_4", "dense_5", "dense_6"),
        _graph.he,
    )
    error = tf.reduce_sum(
        tf.nn.sigmoid_cross_entropy_with_logits(labels=inputs, logits=logits)
    )
    loss = error + divergence
    figures = {
        "total loss": loss,
        "reconstruction loss": error,
        "latent loss": divergence,
    }
    return _notebook.program(
        inputs,
        tf.sigmoid(logits),
        loss,
        [*variables, *of_mean, *of_head, *decoder],
        LEARNING_RATE,
        figures=figures,
        noise=noise,
    )


def main(arguments=None):
    """Trains and prints the losses of each epoch's last batch, summed over it."""
    options = _command.options(__doc__.splitlines()[0], EPOCHS, arguments)
    _notebook.run(build, options)


if __name__ == "__main__":
    main()
