"""Vectors of a codebook in the place of others."""

import keras
from keras import ops

from tfae.arguments import check_integers


@keras.saving.register_keras_serializable(package="tfae")
class VectorQuantizer(keras.layers.Layer):
    """Replaces each vector by the nearest one of a codebook that is learned.

    Backwards the gradient passes as if nothing had been replaced (straight through).

    Reference:
        van den Oord, Vinyals & Kavukcuoglu, "Neural Discrete Representation Learning",
        NIPS 2017, equations 1 and 2.

    Args:
        num_codes: Integer > 1, vectors of the codebook.
        **kwargs: `name` and `dtype`, as for `keras.layers.Layer`.

    Call arguments:
        inputs: Tensor of shape `(batch, ..., features)`.

    Returns:
        Tensor of the shape of `inputs`.

    Raises:
        ValueError: If `num_codes` is no integer > 1.

    Example:
    >>> VectorQuantizer(16)(np.zeros((3, 5, 8))).shape
    TensorShape([3, 5, 8])
    """

    def __init__(self, num_codes, **kwargs):
        super().__init__(**kwargs)
        check_integers(2, num_codes=num_codes)
        self.num_codes = int(num_codes)
        self.supports_masking = True

    def build(self, input_shape):
        limit = 1 / self.num_codes
        self.codebook = self.add_weight(
            name="codebook",
            shape=(self.num_codes, input_shape[-1]),
            initializer=keras.initializers.RandomUniform(-limit, limit),
        )

    def indices(self, inputs):
        """Positions in the codebook of the nearest vectors, `(batch, ...)`."""
        # In half precision squares would overflow.
        vectors, codebook = (
            ops.cast(one, self.variable_dtype) for one in (inputs, self.codebook)
        )
        # ‖x − e‖² without ‖x‖², which all have in common.
        distances = ops.sum(ops.square(codebook), axis=-1)
        distances -= 2 * ops.matmul(vectors, ops.transpose(codebook))
        return ops.argmin(distances, axis=-1)

    def look_up(self, indices):
        """Vectors of the codebook at `indices`, `(batch, ..., features)`."""
        return ops.take(self.codebook, indices, axis=0)

    def call(self, inputs):
        nearest = ops.cast(self.look_up(self.indices(inputs)), inputs.dtype)
        return inputs + ops.stop_gradient(nearest - inputs)

    def compute_output_shape(self, input_shape):
        return input_shape

    def get_config(self):
        return {**super().get_config(), "num_codes": self.num_codes}
