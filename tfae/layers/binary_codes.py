"""Codes that are (almost) binary."""

import keras
from keras import ops

from tfae.arguments import check_weights
from tfae.types import Config, Shape, TensorLike


@keras.saving.register_keras_serializable(package="tfae")
class BinaryCodes(keras.layers.Layer):
    """The logistic of its inputs, pushed towards 0 and 1 in training.

    With noise, it returns s(a + ε) with ε ~ N(0, `noise`²): noise hides units with a
    near 0, so that codes become bits. With noise 0 it returns bits, s(a) rounded, with
    the gradient of s(a). At inference it returns s(a) in either case; the bit is 1 if
    s(a) is above 1/2.

    Reference:
        Salakhutdinov & Hinton, "Semantic Hashing", 2009, section 3.2, for the noise;
        Bengio, Léonard & Courville, "Estimating or Propagating Gradients Through
        Stochastic Neurons", 2013, section 4, for the gradient.

    Args:
        noise: Float >= 0, standard deviation of the noise.
        seed: Integer, or `None` for a random one.
        **kwargs: `name` and `dtype`, as for `keras.layers.Layer`.

    Call arguments:
        inputs: Tensor of any shape.
        training: Boolean; at inference there is no noise, and nothing is rounded.

    Returns:
        Tensor of the shape of `inputs`, in [0, 1].

    Raises:
        ValueError: If `noise` is negative.

    Example:
    >>> codes = np.array([[-3.0, 4.0]])
    >>> tfae.layers.BinaryCodes()(codes, training=True).numpy().tolist()
    [[0.0, 1.0]]
    """

    def __init__(
        self, noise: TensorLike = 0.0, seed: int | None = None, **kwargs
    ) -> None:
        super().__init__(**kwargs)
        check_weights(noise=noise)
        self.noise, self.seed = noise, seed
        if noise > 0:
            self.seed_generator = keras.random.SeedGenerator(seed)
        self._build_at_init()

    def call(self, inputs: TensorLike, training: bool = False):
        if not training:
            return ops.sigmoid(inputs)
        if self.noise:
            noise = keras.random.normal(
                ops.shape(inputs), dtype="float32", seed=self.seed_generator
            )
            return ops.sigmoid(inputs + ops.cast(self.noise * noise, inputs.dtype))
        soft = ops.sigmoid(inputs)
        return soft + ops.stop_gradient(ops.round(soft) - soft)

    def compute_output_shape(self, input_shape: Shape):
        return input_shape

    def get_config(self) -> Config:
        return {**super().get_config(), "noise": self.noise, "seed": self.seed}
