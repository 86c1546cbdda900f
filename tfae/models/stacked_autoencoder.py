"""The stacked autoencoder of dense layers, and its pairs of layers."""

import keras
import numpy as np

from tfae import networks
from tfae.models.autoencoder import Autoencoder


@keras.saving.register_keras_serializable(package="tfae")
class StackedAutoencoder(Autoencoder):
    """Several dense layers down to the code, and the same layers back.

    With the defaults and `hidden_units=[256, 128, 64]` it is the leaky-ReLU stacked
    autoencoder of the TF1 scripts: 784-256-128-64-128-256-784 on MNIST. Layer k of
    the encoder and the decoder layer that undoes it are one entry of `layer_pairs`,
    the unit of greedy layer-wise pretraining.

    Reference:
        Hinton & Salakhutdinov, "Reducing the Dimensionality of Data with Neural
        Networks", Science 313, 2006; Bengio et al., "Greedy Layer-Wise Training of
        Deep Networks", 2007. Tied weights: W_{N-L+1} = W_Lᵀ for the layers L = 1 …
        N/2 of N.

    Args:
        input_dim: Integer, number of features of an example.
        hidden_units: Sequence of integers, widths from the first hidden layer to the
            code.
        activation: Activation of the hidden layers. Defaults to `"leaky_relu"`
            (slope 0.2).
        output_activation: Activation of the reconstruction. Defaults to `"sigmoid"`,
            for data in [0, 1].
        tie_weights: Boolean, whether decoder kernels are the transposed encoder
            kernels. Defaults to `False`.
        kernel_regularizer: Regularizer of every kernel. Note that TF1's
            `l2_regularizer(s)` is s·Σw²/2, so it is `keras.regularizers.L2(s / 2)`.
        kernel_initializer: Initializer of every kernel. Defaults to
            `"glorot_uniform"`.
        dropout: Float in [0, 1), dropout after every hidden layer, the code
            included. Defaults to 0.
        code_activation: Activation of the code layer. Defaults to `activation`.
        **kwargs: `name`, `dtype` and `trainable`, as for `keras.Model`.

    Call arguments:
        inputs: Tensor of shape `(batch, input_dim)`.
        training: Boolean, whether dropout is active.

    Returns:
        The reconstruction, a tensor of shape `(batch, input_dim)`.

    Attributes:
        phase: What `fit` and `evaluate` step through in place of the whole stack, as
            greedy pretraining sets it; `None` otherwise.

    Raises:
        ValueError: If a width is not a positive integer or `dropout` is outside
            [0, 1).

    Example:
    >>> model = tfae.StackedAutoencoder(784, [256, 128, 64])
    >>> [pair[0].units for pair in model.layer_pairs]
    [256, 128, 64]
    """

    phase = None  # of pretraining, while it is under way
    pretrained = False  # by this process
    restored_state = {}  # of the phase in which the loaded weights were saved

    def __init__(
        self,
        input_dim,
        hidden_units,
        activation="leaky_relu",
        output_activation="sigmoid",
        tie_weights=False,
        kernel_regularizer=None,
        kernel_initializer="glorot_uniform",
        dropout=0.0,
        code_activation=None,
        **kwargs,
    ):
        encoder, decoder = networks.dense(
            input_dim,
            hidden_units,
            activation=activation,
            code_activation=code_activation,
            output_activation=output_activation,
            tie_weights=tie_weights,
            kernel_initializer=kernel_initializer,
            kernel_regularizer=kernel_regularizer,
            dropout=dropout,
            dtype=kwargs.get("dtype"),
        )
        super().__init__(encoder, decoder, **kwargs)
        self._arguments = {
            "input_dim": input_dim,
            "hidden_units": list(hidden_units),
            "activation": _identifier(keras.activations, activation),
            "output_activation": _identifier(keras.activations, output_activation),
            "tie_weights": tie_weights,
            "kernel_regularizer": _identifier(keras.regularizers, kernel_regularizer),
            "kernel_initializer": _identifier(keras.initializers, kernel_initializer),
            "dropout": dropout,
            "code_activation": _identifier(keras.activations, code_activation),
        }
        self.build((None, input_dim))
        self.built = True

    @property
    def layer_pairs(self):
        """List of (encoder layer, decoder layer), outermost first.

        Encoder layer k maps hidden layer k - 1 to hidden layer k, and its decoder
        layer maps it back. Tied decoder layers share their encoder layer's kernel.
        """
        encoder_layers = networks.dense_layers(self.encoder)
        decoder_layers = networks.dense_layers(self.decoder)
        return list(zip(encoder_layers, decoder_layers[::-1], strict=True))

    def fit(self, *args, **kwargs):
        try:
            return super().fit(*args, **kwargs)
        finally:  # of an interrupted training, too
            if self.phase is not None:
                self.phase.leave()

    def train_step(self, data):
        if self.phase is not None:
            return self.phase.train_step(data)
        return super().train_step(data)

    def test_step(self, data):
        if self.phase is not None:
            return self.phase.test_step(data)
        return super().test_step(data)

    def reset_metrics(self):
        super().reset_metrics()
        if self.phase is not None:
            self.phase.learner.reset_metrics()

    def get_metrics_result(self):
        if self.phase is not None:
            return self.phase.learner.get_metrics_result()
        return super().get_metrics_result()

    def save_own_variables(self, store):
        super().save_own_variables(store)
        if self.phase is not None:
            for name, value in self.phase.state().items():
                store[name] = value

    def load_own_variables(self, store):
        names = list(store.keys())
        of_phase = [name for name in names if name.startswith("phase_")]
        # Kept until that phase is entered again.
        self.restored_state = {name: np.array(store[name]) for name in of_phase}
        super().load_own_variables({n: store[n] for n in names if n not in of_phase})

    def get_config(self):
        config = super().get_config()
        del config["encoder"], config["decoder"]
        return {**config, **self._arguments}


def _identifier(module, value):
    """`value` as JSON can hold it: a name or a config, never an object."""
    return None if value is None else module.serialize(module.get(value))
