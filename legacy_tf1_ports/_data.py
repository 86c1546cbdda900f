"""What the programs are fed: vectors in [0, 1] and their labels."""

from typing import NamedTuple

import numpy as np


class Examples(NamedTuple):
    """Images as float32 of shape `(n, features)`, and their labels `(n,)` or `None`."""

    images: np.ndarray
    labels: np.ndarray | None


def pickle(name):
    """Images to train on and to show, in file order, as `mnist.pkl.gz` was cut.

    Args:
        name: `"mnist"` (50,000 and 10,000 of the training images), `"digits"`
            (scikit-learn's), or an `.npy` file of values in [0, 1], whose last tenth is
            shown.
    """
    if name == "mnist":
        train = _mnist("train").images
        return train[:50_000], train[50_000:]
    images = _small(name).images
    shown = len(images) // 10
    return images[:-shown], images[-shown:]


def read_data_sets(name):
    """Examples to train on and to test on, as `input_data.read_data_sets` cut them.

    Args:
        name: As for `pickle`; of `"mnist"` the training part without its first 5,000
            images, and the 10,000 of the test part.
    """
    if name == "mnist":
        train = _mnist("train")
        kept = Examples(train.images[5_000:], train.labels[5_000:])
        return kept, _mnist("test")
    found = _small(name)
    tested = len(found.images) // 10
    labels = found.labels
    return (
        Examples(found.images[:-tested], None if labels is None else labels[:-tested]),
        Examples(found.images[-tested:], None if labels is None else labels[-tested:]),
    )


def shuffled(arrays, batch_size, seed):
    """Endless batches of `arrays`, a new order each time all have been given.

    As `next_batch` of the tutorials did: a batch may hold the end of one order and the
    beginning of the next.
    """
    generator = np.random.default_rng(seed)
    count = len(arrays[0])
    order = generator.permutation(count)
    while True:
        while len(order) < batch_size:
            order = np.concatenate([order, generator.permutation(count)])
        rows, order = order[:batch_size], order[batch_size:]
        yield tuple(array[rows] for array in arrays)


def blocks(images, batch_size, seed):
    """Endless blocks of neighbouring `images`, each beginning anywhere."""
    generator = np.random.default_rng(seed)
    while True:
        start = generator.integers(0, len(images) - batch_size)
        yield images[start : start + batch_size]


def _mnist(split):
    import tensorflow_datasets as tfds

    part = tfds.as_numpy(tfds.load("mnist", split=split, batch_size=-1))
    images = part["image"].reshape(len(part["image"]), -1).astype("float32") / 255
    return Examples(images, part["label"].astype("int32"))


def _small(name):
    if name == "digits":
        from sklearn.datasets import load_digits

        found = load_digits()
        images = (found.data / 16).astype("float32")
        return Examples(images, found.target.astype("int32"))
    images = np.load(name).astype("float32")
    return Examples(images.reshape(len(images), -1), None)
