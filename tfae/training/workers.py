"""Training by the workers of several machines."""

import contextlib
import functools
import io
import json
import tempfile
import zipfile
from pathlib import Path

import numpy as np
import tensorflow as tf

from tfae import cluster, saving
from tfae.recipes.longer import changed
from tfae.training import folder


@functools.cache  # TensorFlow starts one server per process
def strategy() -> tf.distribute.Strategy:
    """The strategy of the workers; waits until all of them run.

    Raises:
        ValueError: If TensorFlow has computed something already, or cannot listen at
            the address of this worker.
    """
    try:
        return tf.distribute.MultiWorkerMirroredStrategy()
    except RuntimeError as error:
        raise ValueError(
            "Workers must be connected before TensorFlow computes anything. Received: "
            f"{cluster.VARIABLE} and an earlier computation. Call "
            "tfae.training.devices.prepare at the start of the program."
        ) from error
    except tf.errors.OpError as error:
        raise ValueError(
            f"The workers of {cluster.VARIABLE} cannot be connected: "
            f"{str(error).splitlines()[0]}"
        ) from error


def among(strategy) -> cluster.Workers | None:
    """The workers of a strategy, or `None` for one machine."""
    several = isinstance(strategy, tf.distribute.MultiWorkerMirroredStrategy)
    return cluster.found() if several else None


@contextlib.contextmanager
def begin(strategy, begun, settings):
    """Opens the folder of a run on the chief, and a copy of it on the other workers.

    Args:
        strategy: Strategy of the workers.
        begun: Context manager of `folder.begin`.
        settings: Dict of what the run depends on.

    Yields:
        Pair of the folder to write to and the first epoch.

    Raises:
        ValueError: As `folder.begin`, or if the chief has other settings.
    """
    is_chief = writes(strategy)
    with contextlib.ExitStack() as stack:
        if is_chief:
            place, start = stack.enter_context(begun)
            content = _packed(place)
        else:
            place = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            content, start = b"", 0
        stack.enter_context(_losses_in_words())
        size, start = _of_chief(strategy, np.array([len(content), start], "int64"))
        padded = np.zeros(-(-size // 4) * 4, "uint8")
        padded[: len(content)] = np.frombuffer(content, "uint8")
        received = _of_chief(strategy, padded.view("int32")).tobytes()[:size]
        if not is_chief:
            _unpack(received, place, settings)
        yield place, int(start)


@contextlib.contextmanager
def _losses_in_words():
    """Words for the error of TensorFlow when another worker is gone."""
    try:
        yield
    except (tf.errors.UnavailableError, tf.errors.AbortedError) as error:
        raise ValueError(
            "Another worker ended before the training did; its own output says why. "
            "Start all of them again with resume=True to go on from the last epoch."
        ) from error


def writes(strategy) -> bool:
    """Whether this process measures and writes the run: all do but further workers."""
    here = among(strategy)
    return here is None or here.is_chief


def agreed(strategy, told) -> bool:
    """What the chief is told, on every worker."""
    if among(strategy) is None:
        return told
    return bool(_of_chief(strategy, np.array([told], "int32"))[0])


def delivered(model, strategy, place):
    """The trained model, which computes without the other workers."""
    if among(strategy) is None:
        return model
    path = place / "model.keras"
    saving.save(model, path)
    return saving.load(path)


def _packed(folder):
    """The files of a folder, as the bytes of an archive."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as files:
        for path in sorted(folder.rglob("*")):
            files.write(path, path.relative_to(folder))
    return content.getvalue()


def _unpack(content, place, settings):
    """Writes the chief's files, if its training has the same settings."""
    with zipfile.ZipFile(io.BytesIO(content)) as files:
        files.extractall(place)
    of_chief = json.loads((place / folder.SETTINGS).read_text())
    names = changed(of_chief, settings)
    if names:
        raise ValueError(
            "All workers must train the same. Received: other settings than the "
            f"chief's, {', '.join(f'{name}={of_chief.get(name)}' for name in names)}."
        )


def _of_chief(strategy, values):
    """The chief's array of integers on every worker."""

    @tf.function
    def summed(values):
        def of_replica():
            context = tf.distribute.get_replica_context()
            first = context.replica_id_in_sync_group == 0
            own = tf.where(first, values, tf.zeros_like(values))
            return context.all_reduce(tf.distribute.ReduceOp.SUM, own)

        return strategy.experimental_local_results(strategy.run(of_replica))[0]

    return summed(tf.constant(values)).numpy()
