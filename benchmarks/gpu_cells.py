"""What one cell of gpu.py trains, and the process that trains it.

A cell is a model at a precision and a batch size. Every engine gets the same images and
the same initial weights, in the layout and the order of the Keras model.
"""

import dataclasses
import importlib
import os
import time

import numpy as np

SIDE = 28
SEED = 0
WARM_UP = 2  # epochs; the first compiles
LEARNING_RATE = 1e-3
# Images of an epoch on a GPU. The last two take the work of a hundred dense networks.
MODELS = {
    "flagship": 65_536,
    "wide VAE": 65_536,
    "convolutional": 65_536,
    "contractive exact": 16_384,
    "PixelCNN": 16_384,
}
OF_IMAGES = ("convolutional", "PixelCNN")
WIDE, WIDE_CODES = (2048, 1024), 64
CONTRACTED, CONTRACTION = 100, 0.1


@dataclasses.dataclass(frozen=True)
class Cell:
    """One thing to measure; every engine measures it."""

    model: str
    precision: str
    batch_size: int
    examples: int

    @property
    def steps(self):
        """Steps of an epoch."""
        return self.examples // self.batch_size


def images(cell):
    """Smooth random images in [0, 1] of MNIST's shape; of zeros and ones for pixels."""
    generator = np.random.default_rng(SEED)
    waves = np.cos(np.pi * np.outer(np.arange(5), (np.arange(SIDE) + 0.5) / SIDE))
    basis = np.einsum("ai,bj->abij", waves, waves).reshape(-1, SIDE * SIDE)
    factors = generator.standard_normal((cell.examples, len(basis)), "float32")
    found = 1 / (1 + np.exp(-factors @ basis.astype("float32")))
    if cell.model == "PixelCNN":
        found = (found > 0.5).astype("float32")
    return found.reshape(-1, SIDE, SIDE, 1) if cell.model in OF_IMAGES else found


def weights(shapes):
    """Yields an initial value for each of the shapes of a Keras model's weights."""
    generator = np.random.default_rng(SEED)
    for shape in shapes:
        if len(shape) == 1:
            yield np.zeros(shape, "float32")
        else:
            limit = np.sqrt(6 / (np.prod(shape[:-2]) * sum(shape[-2:])))
            yield generator.uniform(-limit, limit, shape).astype("float32")


def product_error(multiply):
    """Relative error of a product of matrices, which tells the precision it was in.

    Args:
        multiply: Function of two arrays that returns an array.
    """
    generator = np.random.default_rng(SEED)
    left, right = generator.standard_normal((2, 512, 512), "float32")
    exact = left.astype("float64") @ right
    return float(np.linalg.norm(multiply(left, right) - exact) / np.linalg.norm(exact))


class Stop(Exception):
    """The cell has been measured."""


class Pace:
    """The child's side of a cell: it waits for the parent's word before each epoch."""

    def __init__(self, connection):
        self.connection = connection
        self.done, self.started, self.first = 0, 0.0, {}

    def facts(self, parameters, error):
        """Notes what the parent compares between engines.

        Args:
            parameters: Integer, number of trained weights.
            error: Float, as `product_error` returns it.
        """
        self.first = {"parameters": int(parameters), "product_error": error}

    def begin(self):
        """Called before each epoch."""
        if self.done == WARM_UP:
            self.connection.send(("ready", self.first))
        if self.done >= WARM_UP and self.connection.recv() == "stop":
            raise Stop
        self.started = time.perf_counter()

    def end(self, loss):
        """Called after each epoch with its mean loss."""
        seconds = time.perf_counter() - self.started
        if self.done == 0:
            self.first |= {"first_seconds": round(seconds, 3), "first_loss": loss}
        if self.done >= WARM_UP:
            self.connection.send(("epoch", [seconds, loss]))
        self.done += 1

    def repeat(self, epoch):
        """Runs `epoch`, which returns its loss, until the parent stops it."""
        while True:
            self.begin()
            self.end(epoch())


def reason(error):
    """One line that says what failed."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return f"{type(error).__name__}: {lines[0] if lines else ''}"[:200]


def work(connection, module, options, device):
    """The child: trains the cells that come through `connection`, until `None` does.

    Args:
        connection: Connection of `multiprocessing`.
        module: Name of a module with a class `Engine`.
        options: Dict of arguments of the class.
        device: `"gpu"` or `"cpu"`.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")  # as the command does
    try:
        engine = importlib.import_module(module).Engine(device, **options)
    except Exception as error:
        connection.send(("unavailable", reason(error)))
        return
    connection.send(("about", engine.about))
    while (cell := connection.recv()) is not None:
        try:
            engine.train(cell, Pace(connection))
        except Stop:
            connection.send(("stopped", engine.peak_memory()))
        except Exception as error:
            connection.send(("failed", reason(error)))
        engine.clear()
