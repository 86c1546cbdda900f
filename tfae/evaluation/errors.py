"""Errors of the outputs of a trained model: arrays in, numbers out."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from tfae import batch_streams
from tfae.arguments import has, optional
from tfae.types import Array, ArrayLike, Config, Model

BATCH_SIZE = 1000


def figures(model: Model, inputs: Array, labels: Array | None = None) -> Config:
    """Loss, its terms and error measures of `model` reconstructing `inputs`.

    Args:
        model: Compiled model.
        inputs: Array `(n, ...)`, or the tuple of the model's input arrays, the first of
            which it reconstructs.
        labels: Array of the labels that the model takes, or `None`.

    Returns:
        Dict of the compiled loss and its terms, `mse` (per feature), `squared_error`
        (summed over the features of an example) and, for inputs in [0, 1], `psnr` (dB).

    Example:
    >>> model = tfae.StackedAutoencoder(64, [32, 8])
    >>> model.compile("adam", "mse")
    >>> x = tfae.datasets.load("digits").test.inputs
    >>> sorted(tfae.evaluation.figures(model, x))
    ['loss', 'mse', 'psnr', 'reconstruction', 'squared_error']
    """
    outputs = reconstruct(model, inputs)
    targets = inputs[0] if isinstance(inputs, tuple) else inputs
    found = {
        **logs(model, inputs, labels),
        "mse": mean_squared_error(targets, outputs),
        "squared_error": squared_error(targets, outputs),
    }
    if in_unit_range(targets):
        found["psnr"] = psnr(targets, outputs)
    return found


def logs(model: Model, inputs: Array, targets: ArrayLike | None = None) -> Config:
    """Dict of the loss and the metrics of a compiled model, as from `evaluate`."""
    return model.evaluate(
        inputs, targets, batch_size=at_once(model), verbose=0, return_dict=True
    )


def at_once(model: Model) -> int:
    """Number of examples in a batch for evaluation."""
    return getattr(model, "evaluation_batch_size", BATCH_SIZE)


def reconstruct(model: Model, inputs: Array, batch_size: int | None = None) -> Array:
    """Reconstructions of `inputs`, `(n, ...)`, computed in batches."""
    batch_size = at_once(model) if batch_size is None else batch_size
    return model.predict(inputs, batch_size=batch_size, verbose=0)


def encode(model: Model, inputs: Array, batch_size: int = BATCH_SIZE) -> Array:
    """Codes of `inputs`, `(n, ...)` or a stream of batches, computed in batches.

    Example:
    >>> model = tfae.StackedAutoencoder(64, [32, 8])
    >>> tfae.evaluation.encode(model, np.zeros((5, 64))).shape
    (5, 8)
    """
    coder = coder_of(model)
    return in_batches(lambda batch: coder(taken(model, batch)), inputs, batch_size)


def taken(model: Model, inputs: Array):
    """An array in the input shape of a model, if the sizes match."""
    shape = getattr(model, "example_shape", None)
    if not isinstance(inputs, np.ndarray) or shape is None or None in shape:
        return inputs
    fits = math.prod(inputs.shape[1:]) == math.prod(shape)
    return inputs.reshape(-1, *shape) if fits else inputs


def in_batches(
    function: Callable[..., Any], inputs: Array, batch_size: int = BATCH_SIZE
) -> Array:
    """Outputs of a function of `inputs`, `(n, ...)`, computed in batches.

    A stream is read in its own batches.
    """
    parts = batch_streams.parts(inputs, batch_size)
    return np.concatenate([np.asarray(function(part)) for part in parts])


def pooled_codes(
    model: Model,
    inputs: Array,
    window: int,
    stride: int,
    batch_size: int = BATCH_SIZE,
) -> Array:
    """Feature maps of a model, computed and max-pooled in batches.

    Args:
        model: Model with codes of shape `(height, width, channels)`, or with a method
            `maps` that returns arrays of this shape.
        inputs: Array of shape `(n, ...)`.
        window: Integer, height and width of the windows.
        stride: Integer, step from one window to the next.
        batch_size: Integer, number of examples in a batch.

    Returns:
        Array of shape `(n, ⌈height/stride⌉, ⌈width/stride⌉, channels)`.

    Raises:
        ValueError: If the codes are not feature maps.
    """
    from keras import ops

    maps_of_batch, found = maps_of(model), []
    for part in batch_streams.parts(inputs, batch_size):
        maps = maps_of_batch(taken(model, part))
        if len(maps.shape) != 4:
            raise ValueError(
                "Only feature maps can be pooled. Received: codes of shape "
                f"{tuple(maps.shape[1:])}. Use the probe linear_svm."
            )
        found.append(np.asarray(ops.max_pool(maps, window, stride, "same")))
    return np.concatenate(found)


def maps_of(model: Model):
    """The method `maps` of a model, or `encode` if its codes may be maps."""
    return model.maps if has(model, "maps") else coder_of(model)


def coder_of(model: Model):
    """The method `encode` of a model; `ValueError` if there is none."""
    return optional(model, "encode", "Give a model with codes, such as an autoencoder.")


def check_comparable(targets, outputs):
    """Raises `ValueError` if shapes differ, which NumPy would broadcast."""
    shapes = [tuple(np.shape(one)) for one in (targets, outputs)]
    if shapes[0] != shapes[1]:
        raise ValueError(
            "Errors compare each value with its target. Received: outputs of shape "
            f"{shapes[1]} for targets of shape {shapes[0]}. Give targets of the shape "
            "of the outputs."
        )


def mean_squared_error(targets: ArrayLike, outputs: ArrayLike) -> float:
    """Squared error averaged over examples and features.

    Example:
    >>> tfae.evaluation.mean_squared_error(np.zeros((5, 64)), np.full((5, 64), 0.5))
    0.25
    """
    check_comparable(targets, outputs)
    difference = np.asarray(targets, "float64") - np.asarray(outputs, "float64")
    return float(np.mean(difference**2))


def squared_error(targets: ArrayLike, outputs: ArrayLike) -> float:
    """Squared error summed over features, averaged over examples.

    Reference:
        Hinton & Salakhutdinov 2006 report this figure for MNIST.
    """
    return mean_squared_error(targets, outputs) * np.asarray(targets)[0].size


def psnr(targets: ArrayLike, outputs: ArrayLike, peak: float = 1.0) -> float:
    """Peak signal-to-noise ratio in dB, from the mean error of the whole array.

    Example:
    >>> round(tfae.evaluation.psnr(np.zeros((5, 64)), np.full((5, 64), 0.1)), 2)
    20.0
    """
    error = mean_squared_error(targets, outputs)
    return float(10 * np.log10(peak**2 / error)) if error else float("inf")


def in_unit_range(values):
    """Whether all values are in [0, 1]."""
    return np.min(values) >= 0 and np.max(values) <= 1


def pca(train: Array, components: int):
    """scikit-learn's PCA of `train`, `(n, features)`; its size decides the solver."""
    from sklearn.decomposition import PCA

    return PCA(components, random_state=0).fit(train.astype("float64"))


def pca_error(train: Array, test: Array, components: int) -> float:
    """Mean squared error on `test` of PCA fitted to `train`.

    Args:
        train: Array of shape `(n, features)`.
        test: Array of shape `(m, features)`.
        components: Integer, number of principal components.

    Example:
    >>> split = tfae.datasets.load("digits")
    >>> error = tfae.evaluation.pca_error(split.train.inputs, split.test.inputs, 8)
    >>> round(error, 4)
    0.0252
    """
    projection = pca(train, components)
    return mean_squared_error(
        test, projection.inverse_transform(projection.transform(test))
    )


def pca_angle(train: Array, basis: Array) -> float:
    """Largest principal angle, in degrees, between a basis and PCA's subspace.

    Zero means that a linear autoencoder has found the principal subspace.

    Args:
        train: Array of shape `(n, features)` that PCA is fitted to.
        basis: Array of shape `(components, features)`, such as a decoder kernel.
    """
    from scipy.linalg import subspace_angles

    components = pca(train, len(basis)).components_
    return float(
        np.rad2deg(subspace_angles(components.T, basis.T.astype("float64"))[0])
    )
