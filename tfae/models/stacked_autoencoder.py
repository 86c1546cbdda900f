"""The stacked autoencoder of dense layers."""

from typing import Any

import keras

from tfae import networks
from tfae.arguments import check_widths
from tfae.models import own_networks
from tfae.models.layerwise_autoencoder import LayerwiseAutoencoder
from tfae.types import Activation, Config, Initializer, Regularizer, Widths


@keras.saving.register_keras_serializable(package="tfae")
class StackedAutoencoder(LayerwiseAutoencoder):
    """A stack of dense layers, mirrored by the decoder.

    With the defaults and `hidden_units=[256, 128, 64]` it is the leaky-ReLU stacked
    autoencoder of the TF1 scripts: 784-256-128-64-128-256-784 on MNIST. Layer k of
    the encoder and its mirrored decoder layer are one entry of `stages`, the unit of
    greedy layer-wise pretraining.

    Reference:
        Hinton & Salakhutdinov, "Reducing the Dimensionality of Data with Neural
        Networks", Science 313, 2006; Bengio et al., "Greedy Layer-Wise Training of
        Deep Networks", 2007. Tied weights: W_{N-L+1} = W_Lᵀ for the layers L = 1 …
        N/2 of N.

    Args:
        input_dim: Integer, number of features of an example, or its shape, of one
            axis.
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
        bias_initializer: Initializer of every bias, as for `tfae.networks.dense`.
        **kwargs: `name`, `dtype` and `trainable`, as for `keras.Model`.

    Call arguments:
        inputs: Tensor of shape `(batch, input_dim)`.
        training: Boolean, whether dropout is active.

    Returns:
        The reconstruction, a tensor of shape `(batch, input_dim)`.

    Raises:
        ValueError: If a width is not a positive integer or `dropout` is outside
            [0, 1).

    Example:
    >>> model = tfae.StackedAutoencoder(784, [256, 128, 64])
    >>> [encoder.units for encoder, _ in model.stages]
    [256, 128, 64]
    """

    def __init__(
        self,
        input_dim: int,
        hidden_units: Widths,
        activation: Activation = "leaky_relu",
        output_activation: Activation = "sigmoid",
        tie_weights: bool = False,
        kernel_regularizer: Regularizer | None = None,
        kernel_initializer: Initializer = "glorot_uniform",
        dropout: float = 0.0,
        code_activation: Activation | None = None,
        bias_initializer: Initializer = "zeros",
        **kwargs,
    ) -> None:
        given = kwargs.pop("networks", None)
        encoder, decoder = given or networks.dense(
            input_dim,
            hidden_units,
            activation=activation,
            code_activation=code_activation,
            output_activation=output_activation,
            tie_weights=tie_weights,
            kernel_initializer=kernel_initializer,
            kernel_regularizer=kernel_regularizer,
            dropout=dropout,
            bias_initializer=bias_initializer,
            dtype=kwargs.get("dtype"),
        )
        super().__init__(encoder, decoder, **kwargs)
        self._arguments = {
            "input_dim": self.encoder.input_shape[-1],
            "hidden_units": check_widths(hidden_units=hidden_units),
            "activation": _identifier(keras.activations, activation),
            "output_activation": _identifier(keras.activations, output_activation),
            "tie_weights": bool(tie_weights),
            "kernel_regularizer": _identifier(keras.regularizers, kernel_regularizer),
            "kernel_initializer": _identifier(keras.initializers, kernel_initializer),
            "dropout": dropout,
            "code_activation": _identifier(keras.activations, code_activation),
            "bias_initializer": networks.bias_identifier(bias_initializer),
        }
        self._networks = own_networks.as_made(self, given)
        self.build(self.encoder.input_shape)
        self.built = True

    @property
    def stages(self) -> list[tuple[Any, Any]]:
        """List of (encoder layer, decoder layer), outermost first.

        Encoder layer k maps hidden layer k - 1 to hidden layer k, and its decoder
        layer maps it back. Tied decoder layers share their encoder layer's kernel.
        """
        return networks.dense_stages(self.encoder, self.decoder)

    layer_pairs = stages  # the former name

    def get_config(self) -> Config:
        config = super().get_config()
        for name in ("encoder", "decoder", "stages"):
            del config[name]
        return {
            **config,
            **self._arguments,
            **own_networks.changed(self, self._networks),
        }


def _identifier(module, value):
    """`value` in a form for JSON: a name or a config, never an object."""
    return None if value is None else module.serialize(module.get(value))
