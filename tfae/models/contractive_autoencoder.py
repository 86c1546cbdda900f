"""The contractive autoencoder, with or without a corruption of its inputs."""

import keras
import numpy as np
from keras import ops

from tfae import losses, networks
from tfae.models.denoising_autoencoder import DenoisingAutoencoder

METHODS = ("analytic", "exact", "estimate")


@keras.saving.register_keras_serializable(package="tfae")
class ContractiveAutoencoder(DenoisingAutoencoder):
    """An autoencoder whose codes hardly move when the inputs do.

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
        contraction: Float λ >= 0, weight of the squared norm. It stands beside a loss
            that is averaged over the batch; the paper's is summed over features, as
            those of `tfae.losses` are.
        method: How the norm is computed. `"analytic"`, the default: in closed form,
            for an encoder of one dense layer with a linear, ReLU, sigmoid or tanh
            activation, at next to no cost. `"exact"`: by differentiation, for any
            encoder, at one backward pass a code unit. `"estimate"`: by random
            projections, without bias, for any encoder and wide codes. In evaluation
            the projections are the same for every example and every call.
        projections: Positive integer, number of random projections of an estimate.
        corruption: Layer or dict as for `DenoisingAutoencoder`, or `None` for none.
        intact_weight: As for `DenoisingAutoencoder`.
        **kwargs: `name`, `dtype` and `trainable`, as for `keras.Model`.

    Call arguments:
        inputs: Tensor of shape `(batch, ...)`.
        training: Boolean, whether the inputs are corrupted.

    Returns:
        The reconstruction, a tensor of the shape of `inputs`.

    Raises:
        ValueError: If an argument is outside its range, or the encoder is not one that
            `"analytic"` can do.

    Example:
    >>> encoder, decoder = tfae.networks.dense(64, [100], activation="sigmoid")
    >>> model = tfae.ContractiveAutoencoder(encoder, decoder, contraction=0.1)
    >>> model.compile("adam", loss=tfae.losses.SummedBinaryCrossentropy())
    """

    term_names = ("reconstruction", "contraction")
    reports = (*DenoisingAutoencoder.reports, "singular_values")

    def __init__(
        self,
        encoder,
        decoder,
        contraction=0.1,
        method="analytic",
        projections=1,
        corruption=None,
        intact_weight=1.0,
        **kwargs,
    ):
        corruption = keras.layers.Identity() if corruption is None else corruption
        super().__init__(encoder, decoder, corruption, intact_weight, **kwargs)
        if not contraction >= 0:
            raise ValueError(
                f"`contraction` must be >= 0. Received: contraction={contraction}. Use "
                "0 to switch the penalty off."
            )
        if method not in METHODS:
            raise ValueError(
                f"`method` must be one of {', '.join(METHODS)}. "
                f"Received: method={method!r}"
            )
        if type(projections) is not int or projections < 1:
            raise ValueError(
                "`projections` must be a positive integer. "
                f"Received: projections={projections!r}"
            )
        if method == "analytic":
            _check_analytic(encoder)
        self.contraction = contraction
        self.method = method
        self.projections = projections
        if method == "estimate":
            self.seed_generator = keras.random.SeedGenerator()

    def loss_terms(self, inputs, targets, training, sample_weight=None):
        corrupted = self.corruption(inputs, training=training)
        codes, norms = self._codes_and_norms(corrupted, training)
        if sample_weight is not None:
            weights = ops.reshape(sample_weight, (-1,))  # as Keras' losses take them
            norms = norms * ops.cast(weights, norms.dtype)
        outputs = self.decoder(codes, training=training)
        return outputs, {
            "reconstruction": self.emphasized_loss(
                inputs, corrupted, targets, outputs, sample_weight
            ),
            "contraction": self.contraction * ops.mean(norms),
        }

    def _codes_and_norms(self, inputs, training):
        def encode(inputs):
            return self.encoder(inputs, training=training)

        if self.method == "exact":
            return losses.jacobian_norm(encode, inputs)
        if self.method == "estimate":
            directions = self._directions(inputs, training)
            return losses.jacobian_norm_estimate(encode, inputs, directions)
        codes = encode(inputs)
        layer = networks.only_dense(self.encoder)
        kernel = networks.kernel_of(layer)
        exact = ops.cast(codes, kernel.dtype)  # half precision sums badly
        return codes, losses.dense_jacobian_norm(exact, kernel, layer.activation)

    def _directions(self, inputs, training):
        code_shape = self.encoder.compute_output_shape(inputs.shape)[1:]
        if training:
            shape = (self.projections, ops.shape(inputs)[0], *code_shape)
            return ops.unstack(keras.random.normal(shape, seed=self.seed_generator))
        shape = (self.projections, 1, *code_shape)
        drawn = np.random.default_rng(0).standard_normal(shape, dtype="float32")
        return ops.unstack(ops.convert_to_tensor(drawn))

    def get_config(self):
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
        known = ", ".join(activation.__name__ for activation in losses.SLOPES)
        raise ValueError(
            f'The method "analytic" knows the slopes of {known}. Received: '
            f'{layer.activation.__name__}. Use one of these, or method="exact".'
        )
