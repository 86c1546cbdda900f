"""Devices of a training: replicas of the model on one machine."""

import contextlib
import functools
import os

import tensorflow as tf

from tfae.arguments import check_integers


def check(replicas, batch_size) -> None:
    """Raises `ValueError` if a batch cannot be divided among so many replicas."""
    check_integers(replicas=replicas)
    if batch_size % replicas:
        raise ValueError(
            "`replicas` must divide the batch, of which each takes an equal part. "
            f"Received: replicas={replicas} for batch_size={batch_size}."
        )


def prepare(replicas: int) -> None:
    """Divides the processor into logical devices, if there are too few GPUs.

    It must be called before TensorFlow computes anything in this process.

    Args:
        replicas: Positive integer, number of devices that the training needs.

    Raises:
        ValueError: If the machine has neither so many GPUs nor so many cores, or
            TensorFlow has computed something already.
    """
    check_integers(replicas=replicas)
    if len(tf.config.list_physical_devices("GPU")) >= replicas:
        return
    cores = os.cpu_count() or 1
    if replicas > cores:
        gpus = len(tf.config.list_physical_devices("GPU"))
        raise ValueError(
            f"`replicas` must be at most the number of GPUs, {gpus}, or of cores, "
            f"{cores}. Received: replicas={replicas}"
        )
    (processor, *_) = tf.config.list_physical_devices("CPU")
    parts = [tf.config.LogicalDeviceConfiguration()] * replicas
    try:
        tf.config.set_logical_device_configuration(processor, parts)
    except RuntimeError as error:
        raise ValueError(
            "The processor must be divided before TensorFlow computes anything. "
            f"Received: replicas={replicas} later. Call "
            "tfae.training.devices.prepare at the start of the program."
        ) from error


def strategy(replicas: int | None) -> tf.distribute.Strategy | None:
    """The strategy of a training with several replicas, or `None` for one device.

    Args:
        replicas: Positive integer, or `None`.

    Raises:
        ValueError: As for `prepare`, which it calls if it is needed.
    """
    if replicas is None or replicas == 1:
        return None
    for kind in ("GPU", "CPU"):
        if kind == "CPU" and len(tf.config.list_logical_devices("CPU")) < replicas:
            prepare(replicas)
        found = tf.config.list_logical_devices(kind)
        if len(found) >= replicas:
            return _mirrored(tuple(one.name for one in found[:replicas]))
    raise AssertionError("`prepare` makes as many devices")


@functools.cache  # a second strategy of the same devices would confuse their sums
def _mirrored(devices):
    return tf.distribute.MirroredStrategy(devices)


def scope(strategy):
    """The context in which a model of a strategy is built."""
    return contextlib.nullcontext() if strategy is None else strategy.scope()
