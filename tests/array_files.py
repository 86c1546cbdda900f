"""Files of arrays, each as a function that writes it to a path."""

import numpy as np


def npy(array):
    def write(path):
        with path.open("wb") as file:
            np.save(file, array, allow_pickle=True)

    return write


def npz(**arrays):
    return lambda path: np.savez(path, **arrays)
