"""What the programs are fed: vectors in [0, 1] and their labels."""

from pathlib import Path
from typing import NamedTuple

import numpy as np

from legacy_tf1_ports import _command


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
    return _cut(_small(name).images)


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
    images, labels = _small(name)
    labels = (None, None) if labels is None else _cut(labels)
    return tuple(map(Examples, _cut(images), labels))


def check_count(images, batch_size):
    """Ends the program where `images` do not make a batch."""
    if len(images) < batch_size:
        _command.refuse(
            f"The program trains on batches of {batch_size} examples. Received: "
            f"{len(images)} to train on"
        )


def _cut(rows):
    """All but the last tenth, and it."""
    last = max(1, len(rows) // 10)
    return rows[:-last], rows[-last:]


def in_order(arrays, batch_size, seed=None):
    """Endless whole batches of `arrays`, from the first on each time."""
    whole = len(arrays[0]) // batch_size
    while True:
        for start in range(0, whole * batch_size, batch_size):
            yield tuple(array[start : start + batch_size] for array in arrays)


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


def redrawn(arrays, batch_size, seed):
    """Endless batches of `arrays`, each from a new order of all examples.

    As the notebook's `permutation(n)[:batch_size]` in the loop over steps: in an
    epoch's worth of batches some examples come several times, and a good third never.
    """
    generator = np.random.default_rng(seed)
    count = len(arrays[0])
    while True:
        rows = generator.choice(count, batch_size, replace=False)
        yield tuple(array[rows] for array in arrays)


def blocks(arrays, batch_size, seed):
    """Endless blocks of neighbours in `arrays`, each beginning anywhere."""
    generator = np.random.default_rng(seed)
    while True:
        # As the runners' randint: the last place of all is never drawn.
        start = generator.integers(0, max(1, len(arrays[0]) - batch_size))
        yield tuple(array[start : start + batch_size] for array in arrays)


def _mnist(split):
    import tensorflow_datasets as tfds

    try:
        part = tfds.as_numpy(tfds.load("mnist", split=split, batch_size=-1))
    except Exception as error:  # of TFDS, of the network, of the file system
        _command.refuse(
            "MNIST is not there and could not be downloaded "
            f"({type(error).__name__}). Point TFDS_DATA_DIR at a folder that holds it, "
            "or use --data digits."
        )
    images = part["image"].reshape(len(part["image"]), -1).astype("float32") / 255
    return Examples(images, part["label"].astype("int32"))


def _small(name):
    if name == "digits":
        from sklearn.datasets import load_digits

        found = load_digits()
        images = (found.data / 16).astype("float32")
        return Examples(images, found.target.astype("int32"))
    try:
        with Path(name).open("rb") as file:
            images = np.lib.format.read_array(file, allow_pickle=False)
        images = images.astype("float32")
    except (OSError, ValueError) as error:
        reason = str(error).splitlines()[0]
        _command.refuse(
            f"--data must be mnist, digits or a readable .npy file. Received: {name} "
            f"({reason})"
        )
    if images.ndim < 2 or len(images) < 2 or images.size == 0:
        _command.refuse(
            f"{name} must hold two examples at least. Received: an array of shape "
            f"{images.shape}"
        )
    if not (images.min() >= 0 and images.max() <= 1):  # or one of them is NaN
        _command.refuse(
            f"{name} must hold values in [0, 1]. Received: {images.min():g} to "
            f"{images.max():g}"
        )
    return Examples(images.reshape(len(images), -1), None)
