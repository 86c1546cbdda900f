"""The contractive autoencoder, with or without corrupted inputs."""

from typing import Literal

import keras
from keras import ops

from tfae import losses, networks
from tfae.arguments import check_integers, check_weights
from tfae.models.denoising_autoencoder import DenoisingAutoencoder
from tfae.models.randomness import evaluation_noise
from tfae.reporting import pictures
from tfae.types import Config, Layer

METHODS = ("analytic", "exact", "estimate")


@keras.saving.register_keras_serializable(package="tfae")
class ContractiveAutoencoder(DenoisingAutoencoder):
    """An autoencoder whose codes change little when the inputs change.

    It minimizes the reconstruction loss plus λ times the mean over the batch of
    ‖J_f(x)‖²_F = Σ_ij (∂h_j/∂x_i)², the squared Frobenius norm of the Jacobian of the
    codes h = f(x). With a corruption x̃ of the inputs it is the contractive denoising
    autoencoder: L(x, g(f(x̃))) + λ‖J_f(x̃)‖²_F.

    Reference:
        Rifai et al., "Contractive Auto-Encoders", ICML 2011.
        Chen et al., "Contractive denoising autoencoder", 2014, with a corruption.

    Args:
        encoder: Keras model or layer from inputs to codes.
        decoder: Keras model or layer from codes to outputs of the inputs' shape.
        contraction: Float λ >= 0, weight of the squared norm, relative to a loss
            averaged over the batch; the paper's loss is summed over features, like
            those of `tfae.losses`.
        method: How the norm is computed. `"analytic"`, the default: in closed form,
            for an encoder of one dense layer with a linear, ReLU, sigmoid or tanh
            activation, at almost no cost. `"exact"`: by differentiation, for any
            encoder, with one backward pass per code unit. `"estimate"`: an unbiased
            estimate by random projections, for any encoder and wide codes. In
            evaluation the projections are the same for every example and every call.
            The last two assume that codes of different examples are independent, which
            batch normalization violates in training.
        projections: Positive integer, number of random projections of an estimate.
        corruption: Layer or dict as for `DenoisingAutoencoder`, or `None`.
        intact_weight: As for `DenoisingAutoencoder`.
        **kwargs: `name`, `dtype` and `trainable`, as for `keras.Model`.

    Call arguments:
        inputs: Tensor of shape `(batch, ...)`.
        training: Boolean, whether the inputs are corrupted.

    Returns:
        The reconstruction, a tensor of the shape of `inputs`.

    Raises:
        ValueError: If an argument is outside its range, or `"analytic"` does not
            support the encoder.

    Example:
    >>> encoder, decoder = tfae.networks.dense(64, [100], activation="sigmoid")
    >>> model = tfae.ContractiveAutoencoder(encoder, decoder, contraction=0.1)
    >>> model.compile("adam", loss=tfae.losses.SummedBinaryCrossentropy())
    """

    takes_switches = False
    term_names = ("reconstruction", "contraction")
    reports = {
        **DenoisingAutoencoder.reports,
        "singular_values": pictures.singular_values,
    }

    def __init__(
        self,
        encoder: Layer,
        decoder: Layer,
        contraction: float = 0.1,
        method: Literal["analytic", "exact", "estimate"] = "analytic",
        projections: int = 1,
        corruption: Layer | None = None,
        intact_weight: float = 1.0,
        **kwargs,
    ) -> None:
        if corruption is None and intact_weight != 1:
            raise ValueError(
                "`intact_weight` weighs uncorrupted features, and there is no "
                f"corruption. Received: intact_weight={intact_weight}. Give a "
                "corruption."
            )
        corruption = keras.layers.Identity() if corruption is None else corruption
        super().__init__(encoder, decoder, corruption, intact_weight, **kwargs)
        check_weights(contraction=contraction)
        if method not in METHODS:
            raise ValueError(
                f"`method` must be one of {', '.join(METHODS)}. "
                f"Received: method={method!r}"
            )
        check_integers(projections=projections)
        if method == "analytic":
            _check_analytic(encoder)
        self.contraction = contraction
        self.method = method
        self.projections = projections
        if method == "estimate":
            self.seed_generator = keras.random.SeedGenerator()

    @property
    def kernels_read(self):
        analytic = self.method == "analytic"
        return [networks.only_dense(self.encoder)] if analytic else []

    def prepare(self, data):
        batch = super().prepare(data)
        if self.method != "estimate" or None in self.code_shape:
            return batch
        shape = (ops.shape(batch.inputs)[0], *self.code_shape)
        return batch.with_drawn(directions=self._directions(shape))

    def loss_terms(
        self,
        inputs,
        targets,
        training,
        sample_weight=None,
        corrupted=None,
        directions=None,
    ):
        if corrupted is None:
            corrupted = self.corruption(inputs, training=training)
        codes, norms = self._codes_and_norms(corrupted, training, directions)
        outputs = self.decoder(codes, training=training)
        return outputs, {
            "reconstruction": self.emphasized_loss(
                inputs, corrupted, targets, outputs, training, sample_weight
            ),
            "contraction": self.contraction
            * losses.mean_over_batch(norms, sample_weight),
        }

    def _codes_and_norms(self, inputs, training, directions):
        def encode(inputs):
            return self.encoder(inputs, training=training)

        if not keras.backend.is_float_dtype(inputs.dtype):
            inputs = ops.cast(inputs, keras.config.floatx())  # for its gradient
        if self.method == "exact":
            return losses.jacobian_norm(encode, inputs)
        if self.method == "estimate":
            return losses.jacobian_norm_estimate(
                encode,
                inputs,
                lambda codes: self._projections(codes, training, directions),
            )
        codes = encode(inputs)
        layer = networks.only_dense(self.encoder)
        kernel = networks.kernel_of(layer)
        exact = ops.cast(codes, kernel.dtype)  # sums in half precision are inaccurate
        return codes, losses.dense_jacobian_norm(exact, kernel, layer.activation)

    def _directions(self, shape):
        """Random directions in code space, of `shape` including the batch."""
        return keras.random.normal((self.projections, *shape), seed=self.seed_generator)

    def _projections(self, codes, training, directions):
        """A list of directions; in evaluation the same for every example and call."""
        if not training:
            shape = (self.projections, 1, *codes.shape[1:])
            directions = evaluation_noise(shape)
        elif directions is None:
            directions = self._directions(ops.shape(codes))
        return ops.unstack(directions, self.projections)

    def get_config(self) -> Config:
        config = {
            **super().get_config(),
            "contraction": self.contraction,
            "method": self.method,
            "projections": self.projections,
        }
        if isinstance(self.corruption, keras.layers.Identity):
            config["corruption"] = None
        return config


def _check_analytic(encoder):
    layer = networks.only_dense(encoder)
    if layer is None:
        raise ValueError(
            'The method "analytic" takes an encoder of one dense layer. Received: '
            f'{encoder.name!r}. Use method="exact", or "estimate" for wide codes.'
        )
    if layer.activation not in losses.SLOPES:
        name = getattr(layer.activation, "__name__", layer.activation)
        raise ValueError(
            f'The method "analytic" knows the slopes of {losses.KNOWN_SLOPES}. '
            f'Received: {name}. Use one of these, or method="exact".'
        )
