"""The winner-take-all and the k-sparse autoencoder."""

import keras

from tfae import layers
from tfae.models.autoencoder import Autoencoder
from tfae.reporting import convolutions, pictures
from tfae.types import Config, Layer, Model, Shape, Tensor, TensorLike


@keras.saving.register_keras_serializable(package="tfae")
class WinnerTakeAllAutoencoder(Autoencoder):
    """An autoencoder that keeps only the most active values of its codes.

    The layer `winners` between encoder and decoder selects these values:
    `tfae.layers.LifetimeSparsity` keeps for each unit its largest activations over the
    training batch, and all activations at inference (winner-take-all);
    `tfae.layers.KSparse` always keeps the k most active units of an example (k-sparse).

    Reference:
        Makhzani & Frey, "Winner-Take-All Autoencoders", NIPS 2015; "k-Sparse
        Autoencoders", ICLR 2014.

    Args:
        encoder: Keras model or layer from inputs to codes.
        decoder: Keras model or layer from codes to outputs of the inputs' shape.
        winners: Layer, or a dict of its class and arguments, as `tfae.layers.get`
            takes it. Defaults to `LifetimeSparsity(0.05)`.
        **kwargs: `name`, `dtype` and `trainable`, as for `keras.Model`.

    Call arguments:
        inputs: Tensor of shape `(batch, ...)`.
        training: Boolean.

    Returns:
        The reconstruction, a tensor of the shape of `inputs`.

    Raises:
        ValueError: If the layer rejects its arguments, the codes or the batch.

    Example:
    >>> encoder, decoder = tfae.networks.dense(64, [100], activation="relu")
    >>> model = tfae.WinnerTakeAllAutoencoder(encoder, decoder)
    >>> model.compile(optimizer="adam", loss="mse")
    """

    takes_switches = False
    reports = {
        **Autoencoder.reports,
        "activations": pictures.activations,
        "decoder_filters": convolutions.decoder_filters,
    }

    def __init__(
        self, encoder: Layer, decoder: Layer, winners: Layer | None = None, **kwargs
    ) -> None:
        super().__init__(encoder, decoder, **kwargs)
        if winners is None:
            winners = layers.LifetimeSparsity(0.05)
        self.winners = layers.get(winners)

    def build(self, input_shape: Shape) -> None:
        super().build(input_shape)
        if not self.winners.built:
            self.winners.build((None, *self.code_shape))

    def call(self, inputs: TensorLike, training: bool = False):
        codes = self.encoder(inputs, training=training)
        codes = self.winners(codes, training=training)
        return self.decoder(codes, training=training)

    def encode(self, inputs: TensorLike) -> Tensor:
        """Codes of `inputs`, `(batch, ...)`, as at inference, in one batch."""
        return self.winners(super().encode(inputs), training=False)

    def maps(self, inputs: TensorLike) -> Tensor:
        """Output of the encoder before the selection, `(batch, ...)`."""
        return self.encoder(inputs, training=False)

    def coder(self) -> Model:
        """Keras model from inputs to the selected codes."""
        return keras.Sequential([self.encoder, self.winners], name=self.encoder.name)

    def get_config(self) -> Config:
        return {
            **super().get_config(),
            "winners": keras.saving.serialize_keras_object(self.winners),
        }
