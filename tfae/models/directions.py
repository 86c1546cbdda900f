"""Metrics that declare their direction of improvement, for Keras callbacks."""

import keras
from keras.src.trainers.compile_utils import MetricsList

NAME = "directions"  # an entry that is not a figure


def mean(name, direction="down"):
    """A `keras.metrics.Mean` that declares its direction.

    Args:
        name: Name of the figure.
        direction: `"up"` if higher is better, or `"down"`.
    """
    metric = keras.metrics.Mean(name)
    metric._direction = direction  # the attribute of Keras' own metrics
    return metric


class Directions(MetricsList):
    """The list in which Keras callbacks find the directions of a model's metrics.

    `EarlyStopping`, `ModelCheckpoint` and `ReduceLROnPlateau` look for the metric that
    they monitor only in lists of this kind, which hold the metrics of `compile`. This
    list reports nothing and resets nothing, since the model does both itself.

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
