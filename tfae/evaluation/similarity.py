"""Similarity of images, and how much of their noise a model removes."""

import numpy as np

from tfae.evaluation.errors import BATCH_SIZE, in_unit_range, psnr, reconstruct
from tfae.types import Array, ArrayLike, Config, Model, Shape


def ssim(
    targets: ArrayLike, outputs: ArrayLike, image_shape: Shape, peak: float = 1.0
) -> float:
    """Mean structural similarity of images, over windows of at most 11 pixels.

    Reference:
        Wang et al., "Image Quality Assessment: From Error Visibility to Structural
        Similarity", 2004.

    Example:
    >>> images = tfae.datasets.load("digits").test.inputs
    >>> tfae.evaluation.ssim(images, images, (8, 8, 1))
    1.0
    """
    import tensorflow as tf

    smallest = min(image_shape[:2])
    images = [
        np.reshape(x, (-1, *image_shape)).astype("float32") for x in (targets, outputs)
    ]
    window = min(11, smallest - (smallest + 1) % 2)  # odd
    slices = range(0, len(images[0]), BATCH_SIZE)
    values = [
        tf.image.ssim(
            *(x[start : start + BATCH_SIZE] for x in images), peak, filter_size=window
        )
        for start in slices
    ]
    return float(np.mean(np.concatenate(values)))


def denoising_figures(
    model: Model, inputs: Array, image_shape: Shape | None = None
) -> Config:
    """PSNR, and SSIM for images, of corrupted `inputs` and of their reconstructions.

    Args:
        model: Model with a `corrupt` method.
        inputs: Array of shape `(n, ...)`.
        image_shape: `(height, width, channels)` of an example, or `None`.

    Returns:
        Dict of `noisy_psnr`, `denoised_psnr` and their difference `psnr_gain`, in dB,
        and of `noisy_ssim` and `denoised_ssim`, all of values clipped to [0, 1]; the
        same at every call. Empty without corruption, or if inputs leave that range.
    """
    if not in_unit_range(inputs):
        return {}
    slices = range(0, len(inputs), BATCH_SIZE)
    parts = [model.corrupt(inputs[s : s + BATCH_SIZE], seed=s) for s in slices]
    noisy = np.concatenate([np.asarray(part, "float32") for part in parts])
    if np.array_equal(noisy, inputs):
        return {}
    versions = {"noisy": noisy, "denoised": reconstruct(model, noisy)}
    # A picture shows no other values; without clipping, the model would get credit for
    # it.
    versions = {name: np.clip(x, 0, 1) for name, x in versions.items()}
    found = {f"{name}_psnr": psnr(inputs, x) for name, x in versions.items()}
    found["psnr_gain"] = found["denoised_psnr"] - found["noisy_psnr"]
    if image_shape is not None:
        for name, x in versions.items():
            found[f"{name}_ssim"] = ssim(inputs, x, image_shape)
    return found
