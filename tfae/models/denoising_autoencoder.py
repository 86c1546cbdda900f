"""The denoising autoencoder."""

import keras
from keras import ops

from tfae import layers, networks
from tfae.arguments import is_real
from tfae.evaluation.measures import denoising
from tfae.models.autoencoder import Autoencoder
from tfae.reporting import pictures
from tfae.types import ArrayLike, Config, Layer, Shape, Tensor, TensorLike


@keras.saving.register_keras_serializable(package="tfae")
class DenoisingAutoencoder(Autoencoder):
    """An autoencoder that reconstructs clean inputs from corrupted ones.

    In training the inputs x are corrupted to x̃, and the loss compares g(f(x̃)) with x
    itself. At inference nothing is corrupted. Any Keras layer that is active only in
    training can be the corruption: `tfae.layers.MaskingNoise`, `SaltAndPepperNoise`,
    `keras.layers.GaussianNoise`, `Dropout` (masking that rescales the remaining
    features), …. A corruption without trainable weights must not depend on values that
    training changes, since XLA steps use inputs that were corrupted several steps
    before.

    Reference:
        Vincent et al., "Stacked Denoising Autoencoders", JMLR 2010, also for emphasis.

    Args:
        encoder: Keras model or layer from inputs to codes.
        decoder: Keras model or layer from codes to outputs of the inputs' shape.
        corruption: Layer, or a dict of its class and arguments, as `tfae.layers.get`
            takes it.
        intact_weight: Float β in [0, 1], weight in the loss of the features that the
            corruption left unchanged; corrupted features have weight 1. Defaults to 1:
            no emphasis; 0 counts only the corrupted features. At inference it is 1. The
            minimum of a cross-entropy is not 0; its value for the intact features is
            kept as a constant, without effect on training.
        **kwargs: `name`, `dtype` and `trainable`, as for `keras.Model`.

    Call arguments:
        inputs: Tensor of shape `(batch, ...)`.
        training: Boolean, whether the inputs are corrupted.

    Returns:
        The reconstruction, a tensor of the shape of `inputs`.

    Raises:
        ValueError: If `corruption` is not a layer or `intact_weight` is outside [0, 1].

    Example:
    >>> encoder, decoder = tfae.networks.dense(64, [32])
    >>> noise = keras.layers.GaussianNoise(0.5)
    >>> model = tfae.DenoisingAutoencoder(encoder, decoder, noise)
    >>> model.compile(optimizer="adam", loss="mse")
    """

    measures = {**Autoencoder.measures, "denoising": denoising}
    reports = {**Autoencoder.reports, "denoising": pictures.denoising}

    def __init__(
        self,
        encoder: Layer,
        decoder: Layer,
        corruption: Layer,
        intact_weight: float = 1.0,
        **kwargs,
    ) -> None:
        super().__init__(encoder, decoder, **kwargs)
        self.corruption = layers.get(corruption)
        if not (is_real(intact_weight) and 0 <= intact_weight <= 1):
            raise ValueError(
                "`intact_weight` must be in [0, 1]. "
                f"Received: intact_weight={intact_weight!r}. Use 1 for no emphasis."
            )
        self.intact_weight = intact_weight

    def build(self, input_shape: Shape) -> None:
        super().build(input_shape)
        if not self.corruption.built:
            self.corruption.build(input_shape)

    def call(self, inputs: TensorLike, training: bool = False):
        return super().call(self._corrupted(inputs, training), training)

    def corrupt(self, inputs: TensorLike, seed: int | None = None) -> Tensor:
        """`inputs`, `(batch, ...)`, corrupted as in training.

        Args:
            inputs: Array or tensor.
            seed: Integer that alone determines the noise of Keras layers and leaves the
                state of their generators unchanged, or `None` for the next draw of the
                layer's own generator.
        """
        with self.seeded(seed):
            return self._corrupted(inputs, True)

    def prepare(self, data):
        batch = super().prepare(data)
        still = isinstance(self.corruption, keras.layers.Identity)
        if still or self.corruption.trainable_variables:  # trained in the step
            return batch
        return batch.with_drawn(corrupted=self._corrupted(batch.inputs, True))

    def loss_terms(self, inputs, targets, training, sample_weight=None, corrupted=None):
        if corrupted is None:
            corrupted = self._corrupted(inputs, training)
        outputs = super().call(corrupted, training)
        return outputs, {
            "reconstruction": self.emphasized_loss(
                inputs, corrupted, targets, outputs, training, sample_weight
            )
        }

    def emphasized_loss(
        self,
        inputs: TensorLike,
        corrupted: TensorLike,
        targets: TensorLike,
        outputs: TensorLike,
        training: bool,
        sample_weight: ArrayLike | None = None,
    ) -> Tensor:
        """The reconstruction loss, which emphasizes corrupted features in training."""
        loss = self.reconstruction_loss(targets, outputs, sample_weight)
        if self.intact_weight == 1 or not training:
            return loss
        if tuple(corrupted.shape[1:]) != tuple(targets.shape[1:]):
            raise ValueError(
                "`intact_weight` weighs the targets of features that were not "
                f"corrupted. Received: intact_weight={self.intact_weight}, inputs of "
                f"shape {tuple(corrupted.shape)} and targets of shape "
                f"{tuple(targets.shape)}. Use 1, or targets of the shape of the inputs."
            )
        intact = corrupted == ops.cast(inputs, corrupted.dtype)
        # Replacing intact outputs by targets leaves only the corrupted features.
        of_corrupted = self.reconstruction_loss(
            targets, ops.where(intact, targets, outputs), sample_weight
        )
        return self.intact_weight * loss + (1 - self.intact_weight) * of_corrupted

    def _corrupted(self, inputs, training):
        corrupted = self.corruption(inputs, training=training)
        return networks.keep_padding(self.encoder, inputs, corrupted)

    def get_config(self) -> Config:
        return {
            **super().get_config(),
            "corruption": keras.saving.serialize_keras_object(self.corruption),
            "intact_weight": self.intact_weight,
        }
