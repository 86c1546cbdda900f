"""The vector-quantized autoencoder."""

import keras
from keras import ops

from tfae import losses
from tfae.arguments import check_weights
from tfae.layers import VectorQuantizer
from tfae.models.autoencoder import Autoencoder


@keras.saving.register_keras_serializable(package="tfae")
class VQVAE(Autoencoder):
    """An autoencoder whose codes are vectors of a codebook: discrete codes.

    Each vector z of the encoder's output is replaced by the nearest one e of the
    codebook, from which the decoder rebuilds the inputs. Beside `reconstruction` there
    are two terms: `codebook`, the mean of (sg[z] − e)², which draws the codebook to the
    encoder's outputs, and `commitment`, β times the mean of (z − sg[e])², which keeps
    these near it; sg lets no gradient through. Both are means over all values, as
    `"mse"` is.

    It reports the use of the codebook: `usage`, the share of its vectors that were
    chosen at all in an epoch, and `perplexity`, the exponential of the entropy of the
    choices, from 1 to the size of the codebook.

    Reference:
        van den Oord, Vinyals & Kavukcuoglu, "Neural Discrete Representation Learning",
        NIPS 2017, equation 3.

    Args:
        encoder: Keras model or layer from inputs to vectors `(batch, ..., features)`,
            such as `tfae.networks.quantized` makes.
        decoder: Keras model or layer from these to outputs of the inputs' shape.
        num_codes: Integer > 1, vectors of the codebook.
        commitment: Float β >= 0.
        **kwargs: `name`, `dtype` and `trainable`, as for `keras.Model`.

    Call arguments:
        inputs: Tensor of shape `(batch, ...)`.
        training: Boolean, whether layers such as dropout are active.

    Returns:
        The reconstruction, a tensor of the shape of `inputs`.

    Raises:
        ValueError: If an argument is outside its range.

    Example:
    >>> encoder, decoder = tfae.networks.quantized(64, [32], positions=4, code_dim=8)
    >>> model = tfae.VQVAE(encoder, decoder, num_codes=16)
    >>> model.compile(optimizer="adam", loss="mse")
    >>> model.encode_indices(np.random.rand(5, 64)).shape
    TensorShape([5, 4])
    """

    term_names = ("reconstruction", "codebook", "commitment")

    def __init__(self, encoder, decoder, num_codes=512, commitment=0.25, **kwargs):
        super().__init__(encoder, decoder, **kwargs)
        check_weights(commitment=commitment)
        self.quantizer = VectorQuantizer(num_codes, dtype=self.dtype_policy)
        self.num_codes = num_codes
        self.commitment = commitment
        self._usage = CodebookUsage(num_codes, name="usage")
        self._perplexity = CodebookPerplexity(num_codes, name="perplexity")

    def build(self, input_shape):
        super().build(input_shape)
        self.quantizer.build((None, *self.code_shape))

    def call(self, inputs, training=False):
        codes = self.quantizer(self.encoder(inputs, training=training))
        return self.decoder(codes, training=training)

    def encode(self, inputs):
        """Codebook vectors of `inputs`, `(batch, ..., features)`, in one batch."""
        return self.quantizer(self.encoder(inputs, training=False))

    def encode_indices(self, inputs):
        """Their positions in the codebook, integers `(batch, ...)`."""
        if not self.built:
            self.build(tuple(inputs.shape))
        return self.quantizer.indices(self.encoder(inputs, training=False))

    def decode_indices(self, indices):
        """Outputs for positions in the codebook, integers `(batch, ...)`."""
        return self.decode(self.quantizer.look_up(indices))

    def coder(self):
        """Keras model from inputs to the nearest vectors of the codebook."""
        return keras.Sequential([self.encoder, self.quantizer], name=self.encoder.name)

    def loss_terms(self, inputs, targets, training, sample_weight=None):
        vectors = self.encoder(inputs, training=training)
        indices = self.quantizer.indices(vectors)
        outputs = self.decoder(self.quantizer(vectors), training=training)
        flat = ops.reshape(indices, (-1,))
        ones = ops.ones_like(flat, dtype="float32")
        counts = ops.segment_sum(ones, flat, self.num_codes)
        for metric in (self._usage, self._perplexity):
            metric.update_state(counts)
        vectors = ops.cast(vectors, self.quantizer.codebook.dtype)
        nearest = self.quantizer.look_up(indices)
        codebook, commitment = (
            ops.mean(losses.mean_over_batch(ops.square(gap), sample_weight))
            for gap in (
                ops.stop_gradient(vectors) - nearest,
                vectors - ops.stop_gradient(nearest),
            )
        )
        return outputs, {
            "reconstruction": self.reconstruction_loss(targets, outputs, sample_weight),
            "codebook": codebook,
            "commitment": self.commitment * commitment,
        }

    def get_config(self):
        return {
            **super().get_config(),
            "num_codes": self.num_codes,
            "commitment": self.commitment,
        }


class _Choices(keras.metrics.Metric):
    """How often each vector of a codebook was chosen."""

    def __init__(self, num_codes, name):
        super().__init__(name=name)
        self.counts = self.add_variable((num_codes,), "zeros", name="counts")

    def update_state(self, counts, sample_weight=None):
        self.counts.assign_add(ops.cast(counts, self.counts.dtype))


class CodebookUsage(_Choices):
    """Share of the vectors that were chosen."""

    def result(self):
        return ops.mean(ops.cast(self.counts > 0, self.counts.dtype))


class CodebookPerplexity(_Choices):
    """Exponential of the entropy of the choices."""

    def result(self):
        shares = self.counts / ops.maximum(ops.sum(self.counts), 1.0)
        logarithms = ops.log(ops.where(shares > 0, shares, 1.0))
        return ops.exp(-ops.sum(shares * logarithms))
