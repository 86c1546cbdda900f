"""Vector quantization with a learned codebook."""

from typing import Literal

import keras
import numpy as np
import tensorflow as tf
from keras import ops

from tfae.arguments import check_choice, check_integers, check_shares, is_real
from tfae.types import Config, Shape, Tensor, TensorLike

STARTS = ("uniform", "kmeans")
# Count below which a vector has been unused for long and stays unchanged.
FORGOTTEN = 1e-5


@keras.saving.register_keras_serializable(package="tfae")
class VectorQuantizer(keras.layers.Layer):
    """Replaces each vector by the nearest vector of a learned codebook.

    The gradient ignores the replacement (straight-through estimator). The codebook is
    trained by a term of the loss that `tfae.VQVAE` adds, or, with `moving_average` γ,
    set to the means of the vectors assigned to each entry: N ← γN + (1 − γ)n for their
    number n, m ← γm + (1 − γ)Σz for their sum, e = m/N.

    Reference:
        van den Oord, Vinyals & Kavukcuoglu, "Neural Discrete Representation Learning",
        NIPS 2017, equations 1 and 2, and appendix A.1 for moving averages.
        Zeghidour et al., "SoundStream", 2021, section III-C, for the start by k-means
        and the replacement of unused vectors.

    Args:
        num_codes: Integer > 1, vectors of the codebook.
        moving_average: Float γ in (0, 1), share of the averages kept at each batch,
            such as 0.99; or `None` to learn by the loss.
        start: `"uniform"`, at random within 1/`num_codes` of zero; or `"kmeans"`, at
            the centres that k-means finds among the vectors of the first data that
            `tfae.VQVAE` is fitted to.
        replace_below: Float > 0: a vector with a count N below it is replaced by a
            random one of the batch; `None` for never. It needs `moving_average`.
        **kwargs: `name` and `dtype`, as for `keras.layers.Layer`.

    Call arguments:
        inputs: Tensor of shape `(batch, ..., features)`.

    Returns:
        Tensor of the shape of `inputs`.

    Raises:
        ValueError: If an argument is outside its range, or `replace_below` is given
            without `moving_average`.

    Example:
    >>> tfae.layers.VectorQuantizer(16)(np.zeros((3, 5, 8))).shape
    TensorShape([3, 5, 8])
    """

    def __init__(
        self,
        num_codes: int,
        moving_average: float | None = None,
        start: Literal["uniform", "kmeans"] = "uniform",
        replace_below: float | None = None,
        **kwargs,
    ) -> None:
        super().__init__(**kwargs)
        check_integers(2, num_codes=num_codes)
        check_choice(STARTS, start=start)
        if moving_average is not None:
            check_shares(moving_average=moving_average)
            moving_average = float(moving_average)
        if replace_below is not None:
            if not (is_real(replace_below) and 0 < replace_below < np.inf):
                raise ValueError(
                    "`replace_below` must be a finite number > 0, or none. Received: "
                    f"replace_below={replace_below!r}"
                )
            if moving_average is None:
                raise ValueError(
                    "`replace_below` is a bound of the numbers that a moving average "
                    f"counts. Received: replace_below={replace_below} and no "
                    "`moving_average`. Give one, such as 0.99."
                )
            replace_below = float(replace_below)
        self.num_codes = int(num_codes)
        self.moving_average = moving_average
        self.start = start
        self.replace_below = replace_below
        self.supports_masking = True
        if replace_below is not None:
            self.seed_generator = keras.random.SeedGenerator()

    @property
    def term_names(self) -> tuple[str, ...]:
        """Names of the terms of a loss that `gaps` returns."""
        learns = () if self.moving_average is not None else ("codebook",)
        return (*learns, "commitment")

    def build(self, input_shape: Shape) -> None:
        limit = 1 / self.num_codes
        shape = (self.num_codes, input_shape[-1])
        averaged = self.moving_average is not None
        start = keras.initializers.RandomUniform(-limit, limit)  # the same at each call
        self.codebook = self.add_weight(
            name="codebook", shape=shape, initializer=start, trainable=not averaged
        )
        if averaged:
            self.numbers = self.add_weight(
                name="numbers",
                shape=(self.num_codes,),
                initializer="ones",
                trainable=False,
            )
            self.sums = self.add_weight(
                name="sums", shape=shape, initializer=start, trainable=False
            )
        if self.start == "kmeans":
            self.started = self.add_weight(
                name="started", shape=(), initializer="zeros", trainable=False
            )

    @property
    def begun(self):
        """Whether the codebook is initialized or needs no data for it."""
        return self.start != "kmeans" or (self.built and bool(self.started.numpy()))

    def begin(self, vectors):
        """Initializes the codebook at the centres that k-means finds.

        Args:
            vectors: Array of shape `(n, features)`.

        Raises:
            ValueError: If there are fewer vectors than codebook entries.
        """
        if len(vectors) < self.num_codes:
            raise ValueError(
                f"k-means needs {self.num_codes} vectors at least. Received: "
                f'{len(vectors)}. Give more data, fewer `num_codes` or start="uniform".'
            )
        from sklearn.cluster import MiniBatchKMeans

        means = MiniBatchKMeans(self.num_codes, n_init=1, random_state=0)
        self.codebook.assign(means.fit(vectors).cluster_centers_)
        if self.moving_average is not None:
            self.sums.assign(self.codebook)
        self.started.assign(1)

    def indices(self, inputs: TensorLike):
        """Codebook indices of the nearest vectors, `(batch, ...)`."""
        # In half precision squares would overflow.
        vectors, codebook = (
            ops.cast(one, self.variable_dtype) for one in (inputs, self.codebook)
        )
        # ‖x − e‖² without ‖x‖², which is the same for all e.
        distances = ops.sum(ops.square(codebook), axis=-1)
        distances -= 2 * ops.matmul(vectors, ops.transpose(codebook))
        # Keras' version tests for -0 bitwise, which only SavedModels support.
        return tf.argmin(distances, axis=-1, output_type="int32")

    def look_up(self, indices: TensorLike) -> Tensor:
        """Vectors of the codebook at `indices`, `(batch, ..., features)`."""
        return ops.take(self.codebook, indices, axis=0)

    def gaps(self, vectors: TensorLike, indices: TensorLike):
        """Squared distances, whose means are terms of the loss, by name."""
        vectors = ops.cast(vectors, self.codebook.dtype)
        nearest = self.look_up(indices)
        gaps = {
            "codebook": ops.stop_gradient(vectors) - nearest,
            "commitment": vectors - ops.stop_gradient(nearest),
        }
        return {name: ops.square(gaps[name]) for name in self.term_names}

    def draw(self):
        """Uniform draws in [0, 1) for the codebook entries, or `None`."""
        if self.replace_below is None:
            return None
        return keras.random.uniform((self.num_codes,), seed=self.seed_generator)

    def learn(self, vectors, indices, drawn=None, sample_weight=None):
        """Updates the moving averages, if any, with the vectors of a batch.

        A layer that is not trainable stays unchanged.

        Args:
            vectors: Tensor of shape `(batch, ..., features)`.
            indices: Tensor of their codebook indices, `(batch, ...)`.
            drawn: Result of `draw`, or `None` to draw here.
            sample_weight: Tensor of shape `(batch,)`, weights of the examples, or
                `None`.
        """
        if self.moving_average is None or not self.trainable:
            return
        chosen = ops.one_hot(indices, self.num_codes, dtype=self.codebook.dtype)
        if sample_weight is not None:
            shape = (-1, *(1 for _ in chosen.shape[1:]))
            chosen *= ops.reshape(ops.cast(sample_weight, chosen.dtype), shape)
        chosen = ops.reshape(chosen, (-1, self.num_codes))
        flat = ops.reshape(vectors, (-1, vectors.shape[-1]))
        flat = ops.stop_gradient(ops.cast(flat, self.codebook.dtype))
        share = self.moving_average
        found = over_replicas(ops.sum(chosen, axis=0))
        numbers = share * self.numbers + (1 - share) * found
        found = over_replicas(ops.matmul(ops.transpose(chosen), flat))
        sums = share * self.sums + (1 - share) * found
        if self.replace_below is not None:
            drawn = self.draw() if drawn is None else drawn
            count = ops.shape(flat)[0]
            rows = ops.cast(drawn * ops.cast(count, drawn.dtype), "int32")
            others = ops.take(flat, ops.minimum(rows, count - 1), axis=0)
            others = over_replicas(others, only_first=True)
            unused = numbers < self.replace_below
            numbers = ops.where(unused, self.replace_below, numbers)
            others = self.replace_below * others
            sums = ops.where(unused[:, None], others, sums)
        self.numbers.assign(numbers)
        self.sums.assign(sums)
        means = sums / ops.maximum(numbers, FORGOTTEN)[:, None]
        known = (numbers > FORGOTTEN)[:, None]
        self.codebook.assign(ops.where(known, means, self.codebook))

    def call(self, inputs: TensorLike):
        nearest = ops.cast(self.look_up(self.indices(inputs)), inputs.dtype)
        return inputs + ops.stop_gradient(nearest - inputs)

    def compute_output_shape(self, input_shape: Shape):
        return input_shape

    def get_config(self) -> Config:
        return {
            **super().get_config(),
            "num_codes": self.num_codes,
            "moving_average": self.moving_average,
            "start": self.start,
            "replace_below": self.replace_below,
        }


def over_replicas(values, only_first=False):
    """Sum of a tensor over the replicas of a strategy, or its first replica's value."""
    context = tf.distribute.get_replica_context()
    if context is None or context.num_replicas_in_sync == 1:
        return values
    if only_first:
        values = ops.where(context.replica_id_in_sync_group == 0, values, 0)
    return context.all_reduce("sum", values)
