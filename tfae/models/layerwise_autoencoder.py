"""An autoencoder whose stages can be trained one at a time."""

from collections.abc import Callable
from typing import Any

import keras

from tfae.models.autoencoder import Autoencoder
from tfae.models.layerwise_training import LayerwiseTraining
from tfae.types import Config, Layer


@keras.saving.register_keras_serializable(package="tfae")
class LayerwiseAutoencoder(LayerwiseTraining, Autoencoder):
    """An autoencoder made of stages, each with an encoding and a decoding part.

    Greedy pretraining, `tfae.GreedyPretraining` and `tfae.pretraining.pretrain`, trains
    the stages from the outermost inwards, each as a shallow autoencoder of the codes of
    the previous stages. Stages may have any shapes.

    Reference:
        Bengio et al., "Greedy Layer-Wise Training of Deep Networks", NIPS 2006.

    Args:
        encoder: Keras model that applies the encoding parts of the stages.
        decoder: Keras model that applies the decoding parts, in reverse order.
        stages: Function of the encoder and the decoder that returns the stages: a list
            of pairs of layers, (encoding part, decoding part), outermost first. It is
            saved with the model if it is registered by
            `keras.saving.register_keras_serializable`. A subclass may override the
            property `stages` instead.
        **kwargs: As for `tfae.Autoencoder`.

    Attributes:
        phase: The phase of greedy pretraining that `fit` and `evaluate` use in place of
            the whole model; `None` otherwise.

    Example:
    >>> @keras.saving.register_keras_serializable()
    ... def pairs(encoder, decoder):
    ...     return [*zip(encoder.layers, decoder.layers[::-1], strict=True)]
    >>> encoder, decoder = tfae.networks.dense(64, [32, 8])
    >>> model = tfae.LayerwiseAutoencoder(encoder, decoder, pairs)
    >>> len(model.stages)
    2
    """

    def __init__(
        self,
        encoder: Layer,
        decoder: Layer,
        stages: Callable[..., Any] | None = None,
        **kwargs,
    ) -> None:
        super().__init__(encoder, decoder, **kwargs)
        self._stages = stages

    @property
    def stages(self) -> list[tuple[Any, Any]]:
        """List of pairs of layers, (encoding part, decoding part), outermost first."""
        if self._stages is None:
            raise ValueError(
                "The model has no stages. Give `stages`, or override the property."
            )
        return self._stages(self.encoder, self.decoder)

    def get_config(self) -> Config:
        return {
            **super().get_config(),
            "stages": keras.saving.serialize_keras_object(self._stages),
        }

    @classmethod
    def _revived(cls, config):
        stages = keras.saving.deserialize_keras_object(config.get("stages"))
        return {**super()._revived(config), "stages": stages}
