"""What the programs are fed: vectors in [0, 1], in file order."""

import numpy as np


def load(name):
    """Images to train on and to show, as float32 of shape `(n, features)`.

    Args:
        name: `"mnist"` (50,000 and 10,000 of the training images, as the pickle
            `mnist.pkl.gz` was cut), `"digits"` (scikit-learn's), or an `.npy` file of
            values in [0, 1], whose last tenth is shown.
    """
    if name == "mnist":
        import tensorflow_datasets as tfds

        images = tfds.as_numpy(tfds.load("mnist", split="train", batch_size=-1))[
            "image"
        ]
        scaled = images.reshape(len(images), -1).astype("float32") / 255
        return scaled[:50_000], scaled[50_000:]
    if name == "digits":
        from sklearn.datasets import load_digits

        scaled = (load_digits().data / 16).astype("float32")
    else:
        scaled = np.load(name).astype("float32")
        scaled = scaled.reshape(len(scaled), -1)
    shown = len(scaled) // 10
    return scaled[:-shown], scaled[-shown:]
