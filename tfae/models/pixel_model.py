"""Models of images that predict each pixel from those before it."""

import math

import keras
import numpy as np
import tensorflow as tf
from keras import ops

from tfae import likelihoods, losses, types
from tfae.arguments import check_integers, is_integer, plain
from tfae.evaluation.measures import log_likelihood
from tfae.layers.own_layers import OwnLayers
from tfae.models import checks, directions, pixel_sampling
from tfae.models import levels as of_levels
from tfae.models.named_terms_model import NamedTermsModel
from tfae.models.python_batches import for_keras, is_of_python, of_python
from tfae.models.randomness import EVALUATION_SEED
from tfae.models.signatures import Signature
from tfae.reporting import pictures


class PixelModel(OwnLayers, NamedTermsModel):
    """A model p(x) = Π_i p(x_i | x_1, …, x_{i−1}) of the pixels of grey images.

    The pixels are ordered row by row. In training all are predicted at once; a sample
    is drawn pixel by pixel, by layers that cache their results for previous pixels. A
    subclass defines these layers.

    Args:
        image_shape: `(height, width, 1)`.
        levels: Integer L > 1, number of values of a pixel, equally spaced in [0, 1]:
            Bernoulli distributions for 2, softmaxes for more.
        embedding_dim: Positive integer, size of a learned embedding of each level, for
            levels that are not quantities, such as codebook indices; or `None` to use
            the values.
        head_units: Positive integer, width of the layer before the last.
        **kwargs: `name`, `dtype` and `trainable`, as for `keras.Model`.
    """

    term_names = ("nll",)
    measures = {"errors": log_likelihood}
    evaluation_batch_size = 100  # pixels need much memory
    reports = {"samples": pictures.samples, "completions": pictures.completions}

    def __init__(self, image_shape, levels, embedding_dim, head_units, **kwargs):
        super().__init__(**kwargs)
        check_integers(2, levels=levels)
        shape = plain(image_shape)
        fits = isinstance(shape, list) and len(shape) == 3 and shape[-1] == 1
        if not fits or not all(is_integer(one) and one > 0 for one in shape):
            raise ValueError(
                "`image_shape` must be (height, width, 1): pixels of one channel. "
                f"Received: image_shape={image_shape}. Keep the shape of images, "
                "keep_shape=True, and make colours grey."
            )
        check_integers(head_units=head_units)
        if embedding_dim is not None:
            check_integers(embedding_dim=embedding_dim)
        self.image_shape = self.example_shape = tuple(shape)
        self.levels, self.embedding_dim = int(levels), embedding_dim
        self.head_units = head_units
        exact, policy = {"dtype": keras.config.floatx()}, {"dtype": self.dtype_policy}
        if levels == 2:
            self.likelihood = likelihoods.Bernoulli(**exact)
        else:
            self.likelihood = likelihoods.Categorical(self.levels, **exact)
        (outputs,) = self.likelihood.parameter_shape((1,))
        self.hidden = self.own("hidden", keras.layers.Dense, head_units, **policy)
        self.parameters = self.own("parameters", keras.layers.Dense, outputs, **policy)
        made = keras.layers.Embedding, levels, embedding_dim
        self.embedding = embedding_dim and self.own("embedding", *made, **policy)
        self.seed_generator = keras.random.SeedGenerator()
        self._bits_tracker = directions.mean("bits_per_dimension")
        self._drawing = tf.function(self._draw, reduce_retracing=True)

    def told_input_shape(self):
        return (None, *self.image_shape)

    def begin(self, batch):
        """Memory of the layers before the first row of `batch` images."""
        raise NotImplementedError

    def enter_row(self, memory, row):
        """Memory at the beginning of a row.

        Args:
            memory: Result of `begin` or `step`.
            row: Tensor of shape `(batch, width, features)`: the row above.
        """
        raise NotImplementedError

    def step(self, memory, pixel):
        """Maps at the next pixel, `(batch, features)`, and the memory after it.

        Args:
            memory: Result of `enter_row` or `step`.
            pixel: Tensor of shape `(batch, features)`: the pixel to the left.
        """
        raise NotImplementedError

    def log_likelihood(self, inputs: types.TensorLike) -> types.Tensor:
        """Log p(x) of images `(batch, height, width, 1)`, in nats: `(batch,)`."""
        checks.check_shape(self, inputs, "a batch")
        inputs = ops.convert_to_tensor(inputs, keras.config.floatx())
        return self.likelihood.log_likelihood(inputs, self._exact(inputs))

    def loss_terms(self, inputs, targets, training, sample_weight=None):
        parameters = self._exact(inputs, training)
        wanted = ops.cast(inputs, parameters.dtype)
        found = losses.weighted_log_likelihood(
            self.likelihood, wanted, parameters, sample_weight
        )
        cost = -losses.mean_over_batch(found, sample_weight)
        bits = cost / (math.prod(self.image_shape) * math.log(2))
        self._bits_tracker.update_state(bits, sample_weight=ops.shape(inputs)[0])
        return parameters, {"nll": cost}

    def arranged(self, x, y=None, *args, **kwargs):
        return super().arranged(self._checked(for_keras(x), y), y, *args, **kwargs)

    def _checked(self, x, y):
        """The inputs, once their values have been checked."""
        if isinstance(x, tf.data.Dataset):
            return of_levels.checked(x, self.levels)
        if is_of_python(x):
            return of_python(x, lambda batch: self.check_inputs(batch[0], "a batch"))
        checks.check_array(x)
        self.check_inputs(np.asarray(x), "`x`")
        of_levels.check_targets(x, y)
        return x

    def sample(self, count: int, seed: int | None = None) -> types.Tensor:
        """Draws `count` images.

        Args:
            count: Positive integer.
            seed: Integer for reproducible draws, or `None` for new draws at each call.

        Returns:
            Tensor of shape `(count, height, width, 1)`.
        """
        check_integers(count=count)
        return self.complete(np.zeros((count, *self.image_shape), "float32"), 0, seed)

    def complete(self, inputs, rows, seed: int | None = None) -> types.Tensor:
        """Keeps the first rows of images and draws the rest.

        Args:
            inputs: Array of shape `(n, height, width, 1)`.
            rows: Integer, rows to keep, from 0 to the height.
            seed: As for `sample`.

        Returns:
            Tensor of the shape of `inputs`.

        Raises:
            ValueError: If `rows` is out of range, or values are not levels.
        """
        check_integers(0, rows=rows)
        if rows > self.image_shape[0]:
            raise ValueError(
                f"`rows` must be at most the height, {self.image_shape[0]}. Received: "
                f"rows={rows}"
            )
        self.check_inputs(np.asarray(inputs), "`inputs`")
        shape = (len(inputs), *self.image_shape)
        if not self.built:
            self.build(shape)
        with self.seeded(seed):
            noise = keras.random.uniform(shape, seed=self.seed_generator)
        return self._drawing(noise, ops.convert_to_tensor(inputs, noise.dtype), rows)

    def check_inputs(self, inputs: types.TensorLike, name: str = "the data") -> None:
        """Raises `ValueError` unless an array holds images of the model's levels.

        Args:
            inputs: Array of shape `(n, height, width, 1)`.
            name: Name of the data for the message.
        """
        checks.check_shape(self, inputs, name)
        of_levels.check(self.levels, inputs, name)

    def serving_signatures(self) -> types.Config:
        def log_likelihood(inputs):
            return {"log_likelihood": self.log_likelihood(inputs)}

        def score(inputs):
            return {"score": -self.log_likelihood(inputs)}

        def sample(noise):
            return {"samples": self._draw(noise, ops.zeros_like(noise), 0)}

        shape = self.image_shape
        return {
            "serving_default": Signature(log_likelihood, {"inputs": shape}),
            "score": Signature(score, {"inputs": shape}),
            "sample": Signature(sample, {"noise": shape}),
        }

    def serving_examples(self, inputs: types.TensorLike) -> types.Config:
        noise = np.random.default_rng(EVALUATION_SEED).random(inputs.shape, "float32")
        return {"inputs": inputs, "noise": noise}

    def export(self, *args, **kwargs):
        checks.allow_export(self)
        return super().export(*args, **kwargs)

    def compute_output_shape(self, input_shape: types.Shape):
        return (*input_shape[:-1], self.parameters.units)

    def _exact(self, inputs, training=False):
        """Parameters in single precision at least, for log-likelihoods."""
        return ops.cast(self(inputs, training=training), keras.config.floatx())

    def features(self, values: types.TensorLike):
        """Inputs of the first layers: the values themselves, or their embeddings."""
        if self.embedding is None:
            return ops.cast(values, self.compute_dtype)
        places = ops.cast(ops.round(values[..., 0] * (self.levels - 1)), "int32")
        return self.embedding(places)

    def outputs(self, maps: types.TensorLike):
        """Logits of the levels from the maps of the last layers."""
        # Within loops, oneDNN would fuse a `relu` into a node without a name.
        return self.parameters(ops.maximum(self.hidden(ops.maximum(maps, 0)), 0))

    def _build_outputs(self, features):
        """Builds the last layers for maps with `features` channels."""
        self.hidden.build((None, features))
        self.parameters.build((None, self.head_units))
        if self.embedding is not None:
            self.embedding.build((None,))

    @property
    def channels(self):
        """Size of the network input for each pixel."""
        return 1 if self.embedding is None else self.embedding_dim

    def _draw(self, noise, known, rows):
        return pixel_sampling.draw(self, noise, known, rows)

    def get_config(self) -> types.Config:
        return {
            **super().get_config(),
            "image_shape": self.image_shape,
            "levels": self.levels,
            "embedding_dim": self.embedding_dim,
            "head_units": self.head_units,
        }
