"""Folders of images, written for a test."""

import numpy as np
import PIL.Image


def save(folder, count=40, size=(6, 8), channels=3, suffix=".png", seed=0):
    """Writes images of random bytes; returns them."""
    folder.mkdir(parents=True, exist_ok=True)
    generator = np.random.default_rng(seed)
    images = generator.integers(0, 256, (count, *size, channels), "uint8")
    for index, image in enumerate(images):
        picture = PIL.Image.fromarray(image.squeeze())
        picture.save(folder / f"{index:03}{suffix}")
    return images
