"""The vector-quantized autoencoder."""

import keras
import numpy as np
import tensorflow as tf
from keras import ops

from tfae import batch_streams, layers, losses
from tfae.arguments import check_weights
from tfae.models.code_prior_autoencoder import CodePriorAutoencoder
from tfae.models.codebook_metrics import CodebookPerplexity, CodebookUsage
from tfae.types import Config, History, Layer, Model, Shape, Tensor, TensorLike

BATCH_SIZE = 256  # for the initial codebook
VECTORS_A_CODE = 50  # enough for k-means


@keras.saving.register_keras_serializable(package="tfae")
class VQVAE(CodePriorAutoencoder):
    """An autoencoder with discrete codes, the vectors of a codebook.

    Each vector z of the encoder's output is replaced by the nearest codebook vector e,
    from which the decoder reconstructs the inputs. In addition to `reconstruction`
    there are two terms: `codebook`, the mean of (sg[z] − e)², which moves the codebook
    towards the encoder's outputs, and `commitment`, β times the mean of (z − sg[e])²,
    which keeps the outputs near it; sg stops the gradient. Both are means over all
    values, like `"mse"`.

    It reports the codebook usage: `usage`, the share of its vectors chosen at least
    once in an epoch, and `perplexity`, the exponential of the entropy of the choices,
    from 1 to the size of the codebook.

    Another `quantizer` can replace this codebook: `tfae.layers.VectorQuantizer` can
    learn by moving averages, start from k-means or replace unused vectors;
    `tfae.layers.FiniteScalarQuantizer` has no weights. The quantizer determines the
    terms.

    Reference:
        van den Oord, Vinyals & Kavukcuoglu, "Neural Discrete Representation Learning",
        NIPS 2017, equation 3.

    Args:
        encoder: Keras model or layer from inputs to vectors `(batch, ..., features)`,
            such as `tfae.networks.quantized` makes.
        decoder: Keras model or layer from vectors to outputs of the inputs' shape.
        num_codes: Integer > 1, vectors of the codebook. Defaults to 512.
        commitment: Float β >= 0.
        quantizer: Layer, or a dict of its class and arguments as `tfae.layers.get`
            takes it. Defaults to `VectorQuantizer(num_codes)`.
        prior: Dict of arguments of `tfae.PixelCNN`, a model of the codebook indices
            that `fit_prior` trains and `sample` draws from; `{}` for its defaults;
            `None` for no prior.
        **kwargs: `name`, `dtype` and `trainable`, as for `keras.Model`.

    Call arguments:
        inputs: Tensor of shape `(batch, ...)`.
        training: Boolean, whether layers such as dropout are active.

    Returns:
        The reconstruction, a tensor of the shape of `inputs`.

    Raises:
        ValueError: If an argument is outside its range, or both `num_codes` and a
            quantizer are given.

    Example:
    >>> encoder, decoder = tfae.networks.quantized(64, [32], positions=4, code_dim=8)
    >>> model = tfae.VQVAE(encoder, decoder, num_codes=16)
    >>> model.compile(optimizer="adam", loss="mse")
    >>> model.encode_indices(np.random.rand(5, 64)).shape
    TensorShape([5, 4])
    """

    takes_switches = False

    def __init__(
        self,
        encoder: Layer,
        decoder: Layer,
        num_codes: int | None = None,
        commitment: float = 0.25,
        quantizer: Layer | None = None,
        prior: str | Config | Layer | None = None,
        **kwargs,
    ) -> None:
        check_weights(commitment=commitment)
        if quantizer is None:
            dtype = kwargs.get("dtype")
            num_codes = 512 if num_codes is None else num_codes
            quantizer = layers.VectorQuantizer(num_codes, dtype=dtype)
        elif num_codes is not None:
            raise ValueError(
                "A quantizer sets its own number of codes. Received: num_codes="
                f"{num_codes} beside quantizer={quantizer!r}. Leave one out."
            )
        else:
            quantizer = layers.get(quantizer)
            if not hasattr(quantizer, "look_up"):
                raise ValueError(
                    "`quantizer` must be a layer such as VectorQuantizer. Received: "
                    f"quantizer={quantizer!r}"
                )
        self.term_names = ("reconstruction", *quantizer.term_names)
        super().__init__(encoder, decoder, prior, **kwargs)
        self.quantizer = quantizer
        self.commitment = commitment
        self._usage = CodebookUsage(quantizer.num_codes, name="usage")
        self._perplexity = CodebookPerplexity(quantizer.num_codes, name="perplexity")

    @property
    def num_codes(self) -> int:
        """Number of different values of a code."""
        return self.quantizer.num_codes

    def build(self, input_shape: Shape) -> None:
        super().build(input_shape)
        if not self.quantizer.built:
            self.quantizer.build((None, *self.code_shape))
        self.build_prior()

    def call(self, inputs: TensorLike, training: bool = False):
        codes = self.quantizer(self.encoder(inputs, training=training))
        return self.decoder(codes, training=training)

    def encode(self, inputs: TensorLike) -> Tensor:
        """Codebook vectors of `inputs`, `(batch, ..., features)`, in one batch."""
        return self.quantizer(self.encoder(inputs, training=False))

    def encode_indices(self, inputs: TensorLike) -> Tensor:
        """Codebook indices of `inputs`, integers `(batch, ...)`."""
        if not self.built:
            self.build(tuple(inputs.shape))
        return self.quantizer.indices(self.encoder(inputs, training=False))

    def decode_indices(self, indices: TensorLike) -> Tensor:
        """Outputs for codebook indices, integers `(batch, ...)`."""
        return self.decode(self.quantizer.look_up(indices))

    def coder(self) -> Model:
        """Keras model from inputs to the nearest vectors of the codebook."""
        return keras.Sequential([self.encoder, self.quantizer], name=self.encoder.name)

    def fit(self, x=None, y=None, *args, **kwargs) -> History:
        self._begin(x)
        return super().fit(x, y, *args, **kwargs)

    def prepare(self, data):
        with tf.init_scope():
            if not self.quantizer.begun:
                raise ValueError(
                    'A codebook with start="kmeans" begins in `fit`. Received: one '
                    "that has not begun. Call `fit` first."
                )
        batch, drawn = super().prepare(data), self.quantizer.draw()
        return batch if drawn is None else batch.with_drawn(replacements=drawn)

    def loss_terms(
        self, inputs, targets, training, sample_weight=None, replacements=None
    ):
        vectors = self.encoder(inputs, training=training)
        indices = self.quantizer.indices(vectors)
        outputs = self.decoder(self.quantizer(vectors), training=training)
        flat = ops.reshape(indices, (-1,))
        ones = ops.ones_like(flat, dtype="float32")
        counts = ops.segment_sum(ones, flat, self.num_codes)
        for metric in (self._usage, self._perplexity):
            metric.update_state(counts)
        gaps = self.quantizer.gaps(vectors, indices)
        weights = {"commitment": self.commitment}
        terms = {
            name: weights.get(name, 1)
            * ops.mean(losses.mean_over_batch(gap, sample_weight))
            for name, gap in gaps.items()
        }
        if training:
            weights = losses.example_weights(sample_weight)
            self.quantizer.learn(vectors, indices, replacements, weights)
        return outputs, {
            "reconstruction": self.reconstruction_loss(targets, outputs, sample_weight),
            **terms,
        }

    def _begin(self, inputs):
        """Initializes the codebook from the first data given to `fit`."""
        if self.quantizer.begun:
            return
        if not (batch_streams.is_stream(inputs) or hasattr(inputs, "__array__")):
            raise ValueError(
                'start="kmeans" takes an array or a stream in `fit`, to look at the '
                f"first of the data. Received: {type(inputs).__name__}"
            )
        why = 'start="kmeans" reads the first of the data before `fit`.'
        batch_streams.check_again(inputs, why)
        with self.distribute_strategy.scope():
            self.quantizer.begin(self._first_vectors(inputs))

    def _first_vectors(self, inputs):
        """Array of as many of the encoder's vectors as k-means needs."""
        found, enough = [], VECTORS_A_CODE * self.num_codes
        for part in batch_streams.parts(inputs, BATCH_SIZE, whole=False):
            batch = self._unpack((part,))  # builds the model
            vectors = np.asarray(self.encoder(batch.inputs, training=False))
            found.append(vectors.reshape(-1, vectors.shape[-1]).astype("float32"))
            if sum(map(len, found)) >= enough:
                break
        return np.concatenate(found)[:enough]

    def get_config(self) -> Config:
        return {
            **super().get_config(),
            "commitment": self.commitment,
            "quantizer": keras.saving.serialize_keras_object(self.quantizer),
        }
