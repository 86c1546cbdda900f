"""The stacked convolutional autoencoder."""

from collections.abc import Sequence
from typing import Any, Literal

import keras

from tfae import networks
from tfae.arguments import check_widths, image_of
from tfae.layers.pairs import serialize_pair
from tfae.models.layerwise_autoencoder import LayerwiseAutoencoder
from tfae.types import Activation, Config, Initializer, Regularizer, Shape, Widths


@keras.saving.register_keras_serializable(package="tfae")
class ConvolutionalStackedAutoencoder(LayerwiseAutoencoder):
    """A stack of convolution and max-pooling stages, mirrored by the decoder.

    A stage convolves its maps and keeps the largest value of each window; its inverse
    unpools these values and convolves with the same kernels, transposed. The stages are
    the units of greedy layer-wise pretraining, `tfae.GreedyPretraining` and
    `tfae.pretraining.pretrain`, and `tfae.fine_tuning.classifier` makes a classifier
    from them.

    Reference:
        Masci, Meier, Cireşan & Schmidhuber, "Stacked Convolutional Auto-Encoders for
        Hierarchical Feature Extraction", ICANN 2011.

    Args:
        example_shape: `(height, width, channels)` of an example.
        filters: Sequence of integers, the output channels of the stages.
        kernel_size: Integer, height and width of the kernels, or a sequence with one
            for each stage.
        pool_size: Integer, height and width of the windows, or a sequence with one for
            each stage.
        activation: Activation of the hidden layers. Defaults to `"tanh"`.
        output_activation: Activation of the reconstruction. Defaults to `"sigmoid"`,
            for data in [0, 1].
        unpooling: `"switches"`, the default: restores each maximum at its original
            position, with zeros around it, as in the paper; or `"nearest"`: copies it
            to all cells of its window, so that codes alone can be decoded.
        tie_weights: Boolean, whether the decoder shares the encoder's kernels. Defaults
            to `True`, as in the paper.
        kernel_initializer: Initializer of every kernel.
        kernel_regularizer: Regularizer of every kernel.
        dropout: Float in [0, 1), dropout after every stage of the encoder.
        **kwargs: `name`, `dtype` and `trainable`, as for `keras.Model`.

    Call arguments:
        inputs: Tensor of shape `(batch, height, width, channels)`.
        training: Boolean, whether dropout is active.

    Returns:
        The reconstruction, a tensor of the shape of `inputs`.

    Raises:
        ValueError: If examples are not images or too small for the number of stages, or
            an argument is outside its range.

    Example:
    >>> model = tfae.ConvolutionalStackedAutoencoder((28, 28, 1), [16, 32])
    >>> model.code_shape, len(model.stages)
    ((7, 7, 32), 2)
    """

    def __init__(
        self,
        example_shape: Shape,
        filters: Widths,
        kernel_size: int | Sequence[int] = 5,
        pool_size: int | Sequence[int] = 2,
        activation: Activation = "tanh",
        output_activation: Activation = "sigmoid",
        unpooling: Literal["switches", "nearest"] = "switches",
        tie_weights: bool = True,
        kernel_initializer: Initializer = "glorot_uniform",
        kernel_regularizer: Regularizer | None = None,
        dropout: float = 0.0,
        **kwargs,
    ) -> None:
        given = kwargs.pop("networks", None)
        arguments = {
            "example_shape": image_of(example_shape),
            "filters": check_widths(filters=filters),
            "kernel_size": kernel_size,
            "pool_size": pool_size,
            "activation": activation,
            "output_activation": output_activation,
            "unpooling": unpooling,
            "tie_weights": tie_weights,
            "kernel_initializer": kernel_initializer,
            "kernel_regularizer": kernel_regularizer,
            "dropout": dropout,
        }
        made = given or networks.convolutional_stages(
            **arguments, dtype=kwargs.get("dtype")
        )
        super().__init__(*made, **kwargs)
        self._arguments = arguments
        self.build((None, *arguments["example_shape"]))
        self.built = True

    @property
    def stages(self) -> list[tuple[Any, Any]]:
        """List of pairs (network of a stage, its inverse), outermost first."""
        encoders, decoders = (
            [layer for layer in network.layers if isinstance(layer, keras.Model)]
            for network in (self.encoder, self.decoder)
        )
        return list(zip(encoders, decoders[::-1], strict=True))

    def get_config(self) -> Config:
        config = super().get_config()
        for name in ("encoder", "decoder", "stages"):
            del config[name]
        encoder, decoder = serialize_pair(self.encoder, self.decoder)
        return {
            **config,
            **keras.saving.serialize_keras_object(self._arguments),
            "networks": {"encoder": encoder, "decoder": decoder},
        }
