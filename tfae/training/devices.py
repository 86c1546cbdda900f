"""Devices of a training: replicas of the model on one machine, or workers."""

import contextlib
import functools
import os

import tensorflow as tf

from tfae import cluster
from tfae.arguments import check_integers
from tfae.training import folder, workers


def check(replicas, batch_size, tensorboard=None) -> None:
    """Raises `ValueError` if replicas or workers cannot train with these options."""
    found = cluster.found()
    if found:
        _check_workers(len(found.addresses), replicas, batch_size)
        if tensorboard is not None:
            cluster.check_alone("`tensorboard`")
    if replicas is None:
        return
    check_integers(replicas=replicas)
    if batch_size % replicas:
        raise ValueError(
            "`replicas` must divide the batch, of which each takes an equal part. "
            f"Received: replicas={replicas} for batch_size={batch_size}."
        )


def _check_workers(count, replicas, batch_size):
    if replicas is not None:
        raise ValueError(
            "`replicas` are devices of one machine, and TF_CONFIG lists "
            f"{count} workers, which use all of theirs. Received: replicas={replicas}. "
            "Give one of the two."
        )
    if batch_size % count:
        raise ValueError(
            f"The {count} workers of TF_CONFIG must divide the batch, of which each "
            f"takes an equal part. Received: batch_size={batch_size}"
        )


def prepare(replicas: int | None = None) -> None:
    """Connects the workers of `TF_CONFIG`, or divides the processor among replicas.

    It must be called before TensorFlow computes anything in this process. The processor
    is not divided if there are enough GPUs.

    Args:
        replicas: Positive integer, number of devices that the training needs, or `None`
            for one, or for workers.

    Raises:
        ValueError: If the machine has neither so many GPUs nor so many cores, or
            TensorFlow has computed something already.
    """
    if cluster.found():
        workers.strategy()
        return
    if replicas is None:
        return
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
    """The strategy of several replicas or workers, or `None` for one device.

    Args:
        replicas: Positive integer, or `None`.

    Raises:
        ValueError: As for `prepare`, which it calls if it is needed.
    """
    if cluster.found():
        return workers.strategy()
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


def begin(job, resume):
    """Opens the folder of a job's run, as `folder.begin` or `workers.begin` does."""
    begun = folder.begin(job.output, job.settings, resume)
    if workers.among(job.strategy):
        return workers.begin(job.strategy, begun, job.settings)
    return begun
