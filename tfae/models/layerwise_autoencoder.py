"""An autoencoder whose stages can be trained one after the other."""

import keras
import numpy as np

from tfae.models.autoencoder import Autoencoder


@keras.saving.register_keras_serializable(package="tfae")
class LayerwiseAutoencoder(Autoencoder):
    """An autoencoder made of stages, each of which encodes and is undone by its own.

    Greedy pretraining, `tfae.GreedyPretraining` and `tfae.pretraining.pretrain`, trains
    the stages from the outermost inwards, each as a shallow autoencoder of what the
    stages before it make of the inputs. Stages may have any shapes.

    Reference:
        Bengio et al., "Greedy Layer-Wise Training of Deep Networks", NIPS 2006.

    Args:
        encoder: Keras model that applies what encodes in each of the stages.
        decoder: Keras model that applies what undoes them, in reverse order.
        stages: Function of the encoder and the decoder that returns the stages: a list
            of pairs of layers, (what encodes, what undoes it), outermost first. It is
            saved with the model where Keras knows it, by
            `keras.saving.register_keras_serializable`. A subclass may override the
            property `stages` in its place.
        **kwargs: As for `tfae.Autoencoder`.

    Attributes:
        phase: What `fit` and `evaluate` step through in place of the whole model, as
            greedy pretraining sets it; `None` otherwise.

    Example:
    >>> @keras.saving.register_keras_serializable()
    ... def pairs(encoder, decoder):
    ...     return [*zip(encoder.layers, decoder.layers[::-1], strict=True)]
    >>> encoder, decoder = tfae.networks.dense(64, [32, 8])
    >>> model = tfae.LayerwiseAutoencoder(encoder, decoder, pairs)
    """

    phase = None  # of pretraining, while it is under way
    pretrained = False  # by this process
    restored_state = {}  # of the phase in which the loaded weights were saved

    def __init__(self, encoder, decoder, stages=None, **kwargs):
        super().__init__(encoder, decoder, **kwargs)
        self._stages = stages

    @property
    def stages(self):
        """List of pairs of layers, (what encodes, what undoes it), outermost first."""
        if self._stages is None:
            raise ValueError(
                "The model has no stages. Give `stages`, or override the property."
            )
        return self._stages(self.encoder, self.decoder)

    def fit(self, *args, **kwargs):
        try:
            return super().fit(*args, **kwargs)
        finally:  # of an interrupted training, too
            if self.phase is not None:
                self.phase.leave()

    def prepare(self, data):
        if self.phase is not None:
            return self.phase.prepare(data)
        return super().prepare(data)

    def update(self, batch):
        if self.phase is not None:
            return self.phase.update(batch)
        return super().update(batch)

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
        stored = {name: store[name] for name in store.keys()}  # noqa: SIM118, no dict
        # Kept until that phase is entered again.
        self.restored_state = {
            name: np.array(stored.pop(name))
            for name in [*stored]
            if name.startswith("phase_")
        }
        super().load_own_variables(stored)

    def get_config(self):
        return {
            **super().get_config(),
            "stages": keras.saving.serialize_keras_object(self._stages),
        }

    @classmethod
    def _revived(cls, config):
        stages = keras.saving.deserialize_keras_object(config.get("stages"))
        return {**super()._revived(config), "stages": stages}
