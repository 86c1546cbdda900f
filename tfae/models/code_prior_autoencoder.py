"""Autoencoders with discrete codes and a prior to sample them from."""

import copy
import math
from types import MappingProxyType

import keras
import numpy as np
from keras import ops

from tfae import evaluation
from tfae.evaluation.measures import of_prior
from tfae.layers.own_layers import OwnLayers
from tfae.models.autoencoder import Autoencoder
from tfae.models.checks import check_built
from tfae.models.pixel_cnn import PixelCNN
from tfae.models.randomness import EVALUATION_SEED
from tfae.models.signatures import Signature
from tfae.reporting import pictures
from tfae.types import Config, Layer, Tensor, TensorLike


class CodePriorAutoencoder(OwnLayers, Autoencoder):
    """An autoencoder with codes from a codebook, and a prior of their indices.

    A subclass defines `num_codes`, `encode_indices` and `decode_indices`, and calls
    `build_prior` at the end of its `build`.

    Args:
        encoder: Keras model or layer from inputs to vectors `(batch, ..., features)`.
        decoder: Keras model or layer from these to outputs of the inputs' shape.
        prior: Dict of arguments of `tfae.PixelCNN`, or `None`.
        **kwargs: As for `tfae.Autoencoder`.
    """

    measures = {**Autoencoder.measures, "prior": of_prior}
    reports = {**Autoencoder.reports, "samples": pictures.samples_of_prior}

    def __init__(
        self,
        encoder: Layer,
        decoder: Layer,
        prior: str | Config | Layer | None = None,
        **kwargs,
    ) -> None:
        super().__init__(encoder, decoder, **kwargs)
        if not (prior is None or isinstance(prior, dict)):
            raise ValueError(
                "`prior` must be a dict of arguments of tfae.PixelCNN, or none. "
                f"Received: prior={prior!r}. Use {{}} for its defaults."
            )
        # Keras would wrap a dict and its lists in its own types, which cannot be
        # copied.
        self._prior_arguments = None
        if prior is not None:
            self._prior_arguments = MappingProxyType(copy.deepcopy(prior))
        self.prior = None

    def build_prior(self):
        """Builds the prior, if there is one, for the grid of codes."""
        if self._prior_arguments is None:
            return
        grid = self.code_shape[:-1]
        if len(grid) > 2 or None in grid or math.prod(grid) < 2:
            raise ValueError(
                "A prior draws grids of several positions. "
                f"Received: an encoder with a grid of {grid}. Use more positions, of "
                "inputs of one size, or prior=None."
            )
        shape = (*(1 for _ in range(2 - len(grid))), *grid, 1)
        arguments = {"embedding_dim": 16, "kernel_size": min(7, 2 * max(grid) - 1)}
        arguments.update(self._prior_arguments)
        self.prior = self.own("prior", _frozen, shape, self.num_codes, **arguments)
        self.prior.build((None, *shape))
        self.prior.trainable = False  # with the networks

    def positions(self, inputs: TensorLike):
        """Positions in the codebook as the prior takes them, `(batch, …, 1)` in [0, 1].

        Raises:
            ValueError: If there is no prior.
        """
        self._check_prior()
        indices = self.encode_indices(inputs)
        shaped = ops.reshape(indices, (-1, *self.prior.image_shape))
        return ops.cast(shaped, keras.config.floatx()) / (self.num_codes - 1)

    def fit_prior(
        self,
        inputs: TensorLike,
        epochs: int = 10,
        learning_rate: float = 0.001,
        **options,
    ):
        """Trains the prior on the codes of an array, once the model is trained.

        Args:
            inputs: Array of shape `(n, ...)`.
            epochs: Positive integer.
            learning_rate: Float > 0, of Adam.
            **options: As for `keras.Model.fit`.

        Returns:
            `keras.callbacks.History` of the prior.

        Raises:
            ValueError: If the model is not built, or there is no prior.
        """
        check_built(self)
        self._check_prior()
        positions = evaluation.in_batches(self.positions, inputs)
        # A copy has a separate optimizer, which is not saved.
        trained = PixelCNN.from_config(self.prior.get_config())
        trained.trainable = True
        trained.build(positions.shape)
        trained.set_weights(self.prior.get_weights())
        trained.compile(keras.optimizers.Adam(learning_rate))
        history = trained.fit(positions, epochs=epochs, **options)
        self.prior.set_weights(trained.get_weights())
        return history

    def sample(self, count: int, seed: int | None = None) -> Tensor:
        """Decodes codes whose positions are drawn from the prior.

        Args:
            count: Positive integer.
            seed: Integer for reproducible draws, or `None` for new draws at each call.

        Returns:
            Tensor of shape `(count, ...)`.

        Raises:
            ValueError: If there is no prior.
        """
        check_built(self)
        self._check_prior()
        return self.decode_positions(self.prior.sample(count, seed))

    def decode_positions(self, positions: int) -> Tensor:
        """Outputs for positions as `positions` gives them."""
        indices = ops.cast(ops.round(positions * (self.num_codes - 1)), "int32")
        return self.decode_indices(ops.reshape(indices, (-1, *self.code_shape[:-1])))

    def _check_prior(self):
        if self.prior is None:
            raise ValueError(
                "The model has no prior of its codes. Received: prior=None. Give it "
                "one, prior={}, and train it by `fit_prior`."
            )

    def serving_signatures(self) -> Config:
        signatures = super().serving_signatures()
        if self.prior is None:
            return signatures
        positions = self.prior.serving_signatures()["sample"]

        def sample(noise):
            drawn = positions.function(noise)["samples"]
            return {"samples": self.decode_positions(drawn)}

        return {**signatures, "sample": Signature(sample, positions.inputs)}

    def serving_examples(self, inputs: TensorLike) -> Config:
        examples = super().serving_examples(inputs)
        if self.prior is None:
            return examples
        shape = (len(inputs), *self.prior.image_shape)
        noise = np.random.default_rng(EVALUATION_SEED).random(shape, "float32")
        return {**examples, "noise": noise}

    def get_config(self) -> Config:
        given = self._prior_arguments
        prior = None if given is None else copy.deepcopy(dict(given))
        return {**super().get_config(), "prior": prior}


def _frozen(*arguments, **options):
    """A prior that does not train with the networks."""
    prior = PixelCNN(*arguments, **options)
    prior.trainable = False
    return prior
