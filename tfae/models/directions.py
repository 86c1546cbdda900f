"""Figures that say whether more or less of them is better, as Keras' callbacks ask."""

import keras
from keras.src.trainers.compile_utils import MetricsList

NAME = "directions"  # of what is no figure


def mean(name, direction="down"):
    """A `keras.metrics.Mean` that says its direction.

    Args:
        name: Name of the figure.
        direction: `"up"` where more is better, or `"down"`.
    """
    metric = keras.metrics.Mean(name)
    metric._direction = direction  # where Keras' own metrics have theirs
    return metric


class Directions(MetricsList):
    """Where Keras' callbacks look for the directions of a model's own metrics.

    `EarlyStopping`, `ModelCheckpoint` and `ReduceLROnPlateau` look for the metric that
    they monitor in lists of this kind alone, which hold those given to `compile`. This
    one reports nothing and resets nothing, since the model does both itself.

    Args:
        metrics: List of metrics.
    """

    def __init__(self, metrics):
        super().__init__(metrics, name=NAME)

    @property
    def variables(self):
        return []

    def result(self):
        return {}

    def reset_state(self):
        pass
