"""The denoising autoencoder with noise marginalized by a Taylor expansion."""

import math
from typing import Literal

import keras
import tensorflow as tf
from keras import ops

from tfae import losses, networks
from tfae.arguments import is_real
from tfae.models.autoencoder import Autoencoder
from tfae.types import Config, Layer

NOISES = ("gaussian", "masking")


@keras.saving.register_keras_serializable(package="tfae")
class NonlinearMarginalizedDenoisingAutoencoder(Autoencoder):
    """A denoising autoencoder without sampling: it approximates the expected loss.

    E[L(x, g(f(x̃)))] is approximated by L(x, g(f(x))) plus, with hidden units z = f(x)
    and a corruption of mean x and variances σ_d²,

        ½ Σ_d σ_d² Σ_h ∂²L/∂z_h² (∂z_h/∂x_d)²,   ∂²L/∂z_h² = Σ_o ∂²L/∂a_o² V_ho²,

    where V is the decoder's kernel and a its pre-activation. Like the paper, this drops
    the second-order products of different hidden units and the curvature of f. The sum
    is minimized in one pass of clean inputs. L must be a sum or mean of separate losses
    of the outputs.

    Reference:
        Chen et al., "Marginalized Denoising Auto-encoders for Nonlinear
        Representations", ICML 2014 (mDAE).

    Args:
        encoder: Keras model of one dense layer with a linear, ReLU, sigmoid or tanh
            activation.
        decoder: Keras model of one dense layer, or one tied to the encoder's.
        noise: `"gaussian"`, of one variance; or `"masking"`, with the remaining values
            divided by 1 − ν, so that the mean is x and the variance x² ν/(1 − ν).
        level: Float, the standard deviation σ > 0 of Gaussian noise, or the rate ν in
            (0, 1) of masking.
        **kwargs: `name`, `dtype` and `trainable`, as for `keras.Model`.

    Call arguments:
        inputs: Tensor of shape `(batch, features)`.
        training: Boolean.

    Returns:
        The reconstruction, a tensor of the shape of `inputs`.

    Raises:
        ValueError: If an argument is outside its range or the networks are of another
            kind.

    Example:
    >>> encoder, decoder = tfae.networks.dense(64, [100], activation="sigmoid")
    >>> model = tfae.NonlinearMarginalizedDenoisingAutoencoder(encoder, decoder)
    >>> model.compile("adam", loss=tfae.losses.SummedBinaryCrossentropy())
    """

    term_names = ("reconstruction", "marginalization")

    def __init__(
        self,
        encoder: Layer,
        decoder: Layer,
        noise: Literal["gaussian", "masking"] = "masking",
        level: float = 0.25,
        **kwargs,
    ) -> None:
        super().__init__(encoder, decoder, **kwargs)
        if noise not in NOISES:
            raise ValueError(
                f"`noise` must be one of {', '.join(NOISES)}. Received: noise={noise!r}"
            )
        most = 1 if noise == "masking" else math.inf
        if not (is_real(level) and 0 < level < most):
            wanted = "in (0, 1)" if noise == "masking" else "> 0"
            raise ValueError(
                f"`level` of {noise} noise must be {wanted}. Received: level={level}"
            )
        if (
            getattr(networks.only_dense(encoder), "activation", None)
            not in losses.SLOPES
        ):
            raise ValueError(
                "`encoder` must be one dense layer with an activation of known slope: "
                f"{losses.KNOWN_SLOPES}. Received: {encoder.name!r}"
            )
        if (
            getattr(networks.only_dense(decoder), "activation", None)
            not in losses.SLOPES
        ):
            raise ValueError(
                "`decoder` must be one dense layer with an activation of each output "
                f"by itself. Received: {decoder.name!r}"
            )
        self.noise, self.level = noise, level

    @property
    def kernels_read(self):
        return [networks.only_dense(one) for one in (self.encoder, self.decoder)]

    def loss_terms(self, inputs, targets, training, sample_weight=None):
        layer = networks.only_dense(self.decoder)
        kernel = networks.kernel_of(layer)
        # Half precision is too coarse for second derivatives.
        codes = ops.cast(self.encoder(inputs, training=training), kernel.dtype)
        inputs = ops.cast(inputs, kernel.dtype)
        with tf.GradientTape() as outer, tf.GradientTape() as inner:
            given = ops.matmul(codes, kernel)
            given = given + layer.bias if layer.use_bias else given
            outer.watch(given)
            inner.watch(given)
            outputs = layer.activation(given)
            loss = self.reconstruction_loss(targets, outputs, sample_weight)
            slopes = inner.gradient(loss, given)
        # The loss is a mean of sums over outputs: its Hessian is diagonal.
        curvatures = outer.gradient(slopes, given)
        of_codes = ops.matmul(curvatures, ops.transpose(ops.square(kernel)))
        layer = networks.only_dense(self.encoder)
        kernel = networks.kernel_of(layer)
        spread = ops.matmul(self._variances(inputs), ops.square(kernel))
        slope = losses.SLOPES[layer.activation](codes)
        term = ops.sum(of_codes * ops.square(slope) * spread) / 2
        return outputs, {"reconstruction": loss, "marginalization": term}

    def _variances(self, inputs):
        if self.noise == "gaussian":
            return ops.full_like(inputs, self.level**2)
        return ops.square(inputs) * (self.level / (1 - self.level))

    def get_config(self) -> Config:
        return {**super().get_config(), "noise": self.noise, "level": self.level}
