"""handson-ml chapter 15, denoising with Gaussian noise: 784-300-150-300-784 (C).

ReLU, linear outputs, Glorot's initializer, noise of σ 1 on the inputs, mean squared
error to what they were, Adam 0.01, batches of 150. There is noise in what is printed,
too. Run it with

    python -m legacy_tf1_ports.notebook_denoising_gaussian --data mnist
"""

import tensorflow as tf

from legacy_tf1_ports import _command, _graph, _notebook

v1 = tf.compat.v1

EPOCHS = 10
DEVIATION = 1.0


def build(input_dim=784, dtype=tf.float32):
    """The program's graph; fed noise is added, `(batch, features)`."""
    inputs = v1.placeholder(dtype, (None, input_dim))
    noise = DEVIATION * v1.random_normal(tf.shape(inputs), dtype=dtype)
    noise = _graph.drawn(tf.ensure_shape(noise, (None, input_dim)))
    return denoiser(inputs, inputs + noise, noise=noise)


def denoiser(inputs, corrupted, **more):
    """The program that rebuilds `inputs` from what is left of them."""
    features = inputs.shape[-1]
    widths = (*_notebook.HIDDEN, _notebook.HIDDEN[0], features)
    names = ("hidden1", "hidden2", "hidden3", "outputs")
    outputs, variables = _notebook.stack(
        corrupted, widths, tf.nn.relu, names, _graph.glorot
    )
    error = _graph.mean_squared_error(outputs, inputs)
    figures = {"MSE": error}
    return _notebook.program(inputs, outputs, error, variables, figures=figures, **more)


def main(arguments=None):
    """Trains and prints the mean squared error of each epoch's last batch."""
    options = _command.options(__doc__.splitlines()[0], EPOCHS, arguments)
    _notebook.run(build, options)


if __name__ == "__main__":
    main()
