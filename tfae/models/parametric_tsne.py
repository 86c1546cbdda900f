"""Parametric t-SNE: a network whose codes preserve input neighbourhoods."""

import math
from typing import Any

import keras
from keras import ops

from tfae import affinities, losses, networks
from tfae.arguments import check_positive
from tfae.evaluation.measures import neighbourhoods
from tfae.layers.pairs import revive_pair, serialize_pair
from tfae.models import checks
from tfae.models.layerwise_training import LayerwiseTraining
from tfae.models.named_terms_model import NamedTermsModel
from tfae.models.signatures import Signature
from tfae.reporting import pictures
from tfae.types import Config, History, Layer, Model, Shape, Tensor, TensorLike


@keras.saving.register_keras_serializable(package="tfae")
class ParametricTSNE(LayerwiseTraining, NamedTermsModel):
    """An encoder f whose codes have the same neighbours as the inputs.

    In each batch of n examples, with p(j | i) the probability that x_i would choose
    x_j as its neighbour under a Gaussian that has `perplexity` neighbours, it minimizes

        KL(P ‖ Q) = Σ_ij p_ij log(p_ij / q_ij),    p_ij = (p(j | i) + p(i | j)) / 2n,
        q_ij ∝ (1 + ‖f(x_i) − f(x_j)‖²/α)^(−(α + 1)/2).

    Unlike t-SNE itself it maps new examples without further training. A batch is a
    sample of the neighbourhoods: use batches of several hundred examples, ideally a
    thousand or more. For a smaller last batch, the perplexity is reduced to at most a
    third of the other examples.

    `fit(x)` preserves the neighbourhoods of `x`, `fit(noisy, clean)` those of `clean`.
    With a `decoder`, which the objective does not use, greedy pretraining can train the
    layers of a built model first, as in the paper: `tfae.pretraining.pretrain` or
    `tfae.GreedyPretraining`. The encoder can also come from a trained autoencoder.

    Reference:
        van der Maaten, "Learning a Parametric Embedding by Preserving Local Structure",
        AISTATS 2009, equations 1 to 3.

    Args:
        encoder: Keras model or layer from inputs to codes, low-dimensional vectors.
        decoder: Keras model that mirrors the encoder layer by layer, for pretraining,
            or `None`.
        perplexity: Float > 1, the effective number of neighbours.
        degrees_of_freedom: Float α > 0. Defaults to the number of code units minus 1,
            but at least 1, as in the paper.
        **kwargs: `name`, `dtype` and `trainable`, as for `keras.Model`.

    Call arguments:
        inputs: Tensor of shape `(batch, ...)`.
        training: Boolean, whether layers such as dropout are active.

    Returns:
        Codes, a tensor of shape `(batch, latent_dim)`.

    Raises:
        ValueError: If an argument is outside its range or codes are not vectors; in
            `fit`, if the perplexity is more than a third of the other examples of a
            batch, if targets have another shape than the inputs, such as labels, or if
            the model was compiled with metrics.

    Example:
    >>> encoder, _ = tfae.networks.dense(64, [32, 2], code_activation="linear")
    >>> model = tfae.ParametricTSNE(encoder, perplexity=10)
    >>> model.compile("adam")
    >>> x = np.random.rand(100, 64)
    >>> history = model.fit(x, batch_size=50, epochs=2, verbose=0)
    >>> model.encode(x).shape
    TensorShape([100, 2])
    """

    term_names = ("divergence",)
    measures = {"errors": neighbourhoods}
    reports = {"codes": pictures.codes}

    def __init__(
        self,
        encoder: Layer,
        decoder: Layer | None = None,
        perplexity: float = 30.0,
        degrees_of_freedom: float | None = None,
        **kwargs,
    ) -> None:
        super().__init__(**kwargs)
        if not isinstance(encoder, keras.layers.Layer):
            raise ValueError(
                "`encoder` must be a Keras model or layer. "
                f"Received: encoder={encoder!r} of type {type(encoder).__name__}"
            )
        affinities.check_perplexity(perplexity)
        if degrees_of_freedom is not None:
            check_positive(degrees_of_freedom=degrees_of_freedom)
        self.encoder, self.decoder = encoder, decoder
        self.perplexity = float(perplexity)
        self.degrees_of_freedom = degrees_of_freedom
        self.example_shape = self.code_shape = None

    def build(self, input_shape: Shape) -> None:
        self.example_shape = tuple(input_shape[1:])
        codes = networks.build(self.encoder, input_shape)
        if not isinstance(codes, tuple) or len(codes) != 2:
            raise ValueError(
                "Codes must be vectors, of one axis. Received: an encoder with outputs "
                f"of shape {codes}. End it with a dense layer."
            )
        self.code_shape = tuple(codes[1:])
        if self.decoder is not None:
            networks.build(self.decoder, codes)

    def call(self, inputs: TensorLike, training: bool = False):
        return self.encoder(inputs, training=training)

    def compute_output_shape(self, input_shape: Shape):
        return networks.build(self.encoder, input_shape)

    def encode(self, inputs: TensorLike) -> Tensor:
        """Codes of `inputs`, `(batch, ...)`, as at inference, in one batch."""
        checks.check_shape(self, inputs, "a batch")
        return self.encoder(inputs, training=False)

    def coder(self) -> Model:
        """Keras model or layer from inputs to the codes that `encode` returns."""
        return self.encoder

    def update(self, batch):
        if self.phase is not None:
            return super().update(batch)

        def loss_fn():
            outputs, terms = self._all_terms(batch, training=True)
            return sum(terms.values()), (outputs, terms)

        variables = self.encoder.trainable_variables
        return self._report(
            batch, *self._minimize(loss_fn, variables, None, batch.filled)
        )

    def loss_terms(self, inputs, targets, training, sample_weight=None):
        losses.check_example_weights(sample_weight)
        similarities = self._similarities(inputs, targets)
        codes = self(inputs, training=training)
        exact = ops.cast(codes, similarities.dtype)
        alpha = self.degrees_of_freedom or max(1, self.code_shape[0] - 1)
        shares = affinities.divergences(similarities, exact, alpha)
        # The divergence is a sum over the examples, the loss a mean.
        shares *= ops.cast(ops.shape(shares)[0], shares.dtype)
        return codes, {"divergence": losses.mean_over_batch(shares, sample_weight)}

    def _similarities(self, inputs, targets):
        """P of the targets, which are the inputs unless `fit` got others."""
        wanted, found = tuple(inputs.shape[1:]), tuple(targets.shape[1:])
        if wanted != found:
            raise ValueError(
                "Targets must have the shape of the inputs, in whose place their "
                f"neighbourhoods are kept. Received: targets of shape {found} for "
                f"inputs of shape {wanted}. Leave labels out: fit(x)."
            )
        points = ops.cast(targets, keras.config.floatx())
        return ops.stop_gradient(affinities.joint(points, self.perplexity))

    def fit(
        self, x=None, y=None, batch_size: int | None = None, *args, **kwargs
    ) -> History:
        self._refuse_metrics()
        split = kwargs.get("validation_split", 0.0)
        size = _batch_size(x, batch_size, split, self._num_replicas)
        affinities.check_perplexity(self.perplexity, size, "examples in a batch")
        checks.build_for(self, x)  # all of it, for one optimizer
        return super().fit(x, y, batch_size, *args, **kwargs)

    def _refuse_metrics(self):
        # If `compile` were overridden, Keras would not compile a loaded model.
        if self._compile_metrics is not None:
            raise ValueError(
                "Metrics compare outputs with targets, and codes are not compared with "
                "inputs. Received: a model that was compiled with metrics. Leave them "
                "out of `compile`."
            )

    def evaluate(self, x=None, y=None, *args, **kwargs):
        self._refuse_metrics()
        return super().evaluate(x, y, *args, **kwargs)

    @property
    def stages(self) -> list[tuple[Any, Any]]:
        """List of (encoder layer, decoder layer), outermost first, for pretraining."""
        if self.decoder is None:
            raise ValueError(
                "The model has no stages, since it has no decoder. Give `decoder`, or "
                "an encoder that was trained before."
            )
        checks.check_built(self)
        return networks.dense_stages(self.encoder, self.decoder)

    def check_inputs(self, inputs: TensorLike, name: str = "the data") -> None:
        """Raises `ValueError` if the model cannot take an array of examples."""
        checks.check_shape(self, inputs, name)

    def serving_signatures(self) -> Config:
        """Signatures for serving this model: dict from name to `Signature`."""

        def encode(inputs):
            return {"codes": self.encode(inputs)}

        signature = Signature(encode, {"inputs": self.example_shape})
        return {"serving_default": signature, "encode": signature}

    def serving_examples(self, inputs: TensorLike) -> Config:
        """Example values for the inputs of the signatures, by name, for `inputs`."""
        return {"inputs": inputs}

    def export(self, *args, **kwargs):
        checks.allow_export(self)
        return super().export(*args, **kwargs)

    def get_config(self) -> Config:
        encoder, decoder = serialize_pair(self.encoder, self.decoder)
        return {
            **super().get_config(),
            "encoder": encoder,
            "decoder": decoder,
            "perplexity": self.perplexity,
            "degrees_of_freedom": self.degrees_of_freedom,
        }

    @classmethod
    def from_config(cls, config: Config, custom_objects: Config | None = None):
        encoder, decoder = revive_pair(config["encoder"], config["decoder"])
        return cls(**{**config, "encoder": encoder, "decoder": decoder})


def _batch_size(inputs, batch_size, validation_split, replicas):
    """Batch size of a replica, or `None` if it is unknown."""
    if hasattr(inputs, "element_spec"):
        size = keras.tree.flatten(inputs.element_spec)[0].shape[0]
    elif hasattr(inputs, "shape"):
        kept = math.floor(len(inputs) * (1 - validation_split))
        size = min(kept, batch_size or 32)  # as in Keras
    else:
        return None
    return size and -(-size // replicas)
