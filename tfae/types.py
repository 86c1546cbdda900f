"""Types for annotations; at run time they import neither Keras nor TensorFlow."""

import os
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

if TYPE_CHECKING:
    import keras
    import tensorflow as tf
    from matplotlib.figure import Figure

    Tensor = tf.Tensor
    TensorLike = tf.Tensor | ArrayLike
    Layer = keras.layers.Layer
    Model = keras.Model
    Optimizer = keras.optimizers.Optimizer
    Dataset = tf.data.Dataset
    History = keras.callbacks.History
    Activation = str | Callable[..., Any]
    Constraint = str | dict[str, Any] | keras.constraints.Constraint
    Initializer = str | dict[str, Any] | keras.initializers.Initializer
    Regularizer = str | dict[str, Any] | keras.regularizers.Regularizer
    Loss = str | dict[str, Any] | keras.losses.Loss | Callable[..., Any]
    Callbacks = Sequence[keras.callbacks.Callback]
else:
    Tensor = TensorLike = Layer = Model = Optimizer = Dataset = History = Figure = Any
    Activation = Constraint = Initializer = Regularizer = Loss = Callbacks = Any

Array = np.ndarray
Arrays = dict[str, np.ndarray]
Config = dict[str, Any]
PathLike = str | os.PathLike[str]
Shape = tuple[int | None, ...]
Widths = Sequence[int]

__all__ = [
    "Activation",
    "Array",
    "ArrayLike",
    "Arrays",
    "Callbacks",
    "Config",
    "Constraint",
    "Dataset",
    "Figure",
    "History",
    "Initializer",
    "Layer",
    "Loss",
    "Model",
    "Optimizer",
    "PathLike",
    "Regularizer",
    "Shape",
    "Tensor",
    "TensorLike",
    "Widths",
]
