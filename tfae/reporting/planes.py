"""Decoded images over the plane of a model's two-dimensional codes."""

import numpy as np
from scipy.stats import norm

from tfae import image_shapes, plots
from tfae.arguments import check_integers


def manifold(model, image_shape=None, count=20):
    """Figure of the code plane of a model; arguments as for its `manifold`."""
    check_integers(count=count)
    if model.code_shape != (2,) or getattr(model, "takes_pairs", False):
        pairs = "of pairs" if getattr(model, "takes_pairs", False) else ""
        raise ValueError(
            "A manifold requires two-dimensional codes without conditions. "
            f"Received: codes {pairs or f'of shape {model.code_shape}'}. Train a model "
            "with latent_dim=2."
        )
    shape = model.example_shape
    if image_shape is None:
        if shape is None or len(shape) != 3:
            raise ValueError(
                "`image_shape` is required for examples that are not images. "
                f"Received: examples of shape {shape}. Give it as (28, 28)."
            )
        image_shape = shape
    image_shape = image_shapes.checked(image_shape)
    values = norm.ppf(np.linspace(0.04, 0.96, count)).astype("float32")
    codes = np.array([(across, up) for up in values[::-1] for across in values])
    return plots.manifold(model.decode(codes), values, image_shape)


def of_split(model, split, title):
    """The manifold of a model of images with two-dimensional codes, or `None`."""
    if model.code_shape != (2,) or not split.image_shape:
        return None
    return manifold(model, split.image_shape)
