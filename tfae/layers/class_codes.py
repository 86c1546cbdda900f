"""Codes that contain class probabilities."""

import keras
from keras import ops

from tfae.arguments import check_integers
from tfae.types import Config, Shape, TensorLike


@keras.saving.register_keras_serializable(package="tfae")
class ClassCodes(keras.layers.Layer):
    """A softmax over the first codes; the others stay unchanged.

    Args:
        num_classes: Integer > 1, number of codes that become probabilities.
        **kwargs: `name` and `dtype`, as for `keras.layers.Layer`.

    Call arguments:
        inputs: Tensor of shape `(batch, num_classes + latent_dim)`.

    Returns:
        Tensor of the shape of `inputs`.

    Raises:
        ValueError: If `num_classes` is not an integer > 1.

    Example:
    >>> tfae.layers.ClassCodes(2)(np.array([[0.0, 0.0, 7.0]])).numpy().tolist()
    [[0.5, 0.5, 7.0]]
    """

    def __init__(self, num_classes: int, **kwargs) -> None:
        super().__init__(**kwargs)
        check_integers(2, num_classes=num_classes)
        self.num_classes = int(num_classes)
        self._build_at_init()

    def call(self, inputs: TensorLike):
        classes = ops.softmax(inputs[..., : self.num_classes])
        return ops.concatenate([classes, inputs[..., self.num_classes :]], axis=-1)

    def compute_output_shape(self, input_shape: Shape):
        return input_shape

    def get_config(self) -> Config:
        return {**super().get_config(), "num_classes": self.num_classes}
