"""The fast `tf.data` pipeline over arrays in memory."""

import os
from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from tfae.arguments import MOST, check_booleans, check_integers, check_seed
from tfae.datasets import gathering
from tfae.datasets.checks import check_rows
from tfae.datasets.streamed_images import Images
from tfae.types import TensorLike

# Batches prepared in advance: enough for one call of several steps, within a bound.
MOST_READY_BATCHES = 64
READY_BYTES = 2**24


class Epochs(NamedTuple):
    """How a pipeline of `batches` continues from one epoch to the next.

    Creating an iterator costs as much as many steps of a small model.

    Attributes:
        steps: Number of batches in an epoch.
        endless: Function of a number that returns a pipeline of all following epochs:
            of single batches for 0, or of so many stacked batches, and fewer at the end
            of an epoch.
        share: Function of the index of a worker and the number of workers that returns
            the part of all following epochs that this worker trains on, or `None` if
            its batches would not be parts of these.
        pass_over: Function of a number of epochs that the pipeline skips.
        fixed: Whether all epochs are the same.
        stacks: Whether batches can be stacked.
        arrays: Tuple of the arrays of the batches; empty for streamed images.
    """

    steps: int
    endless: Callable
    share: Callable
    pass_over: Callable
    fixed: bool
    stacks: bool
    arrays: tuple


def epochs_of(pipeline):
    """The `Epochs` of a pipeline of `batches`, or `None` for other data."""
    found = getattr(pipeline, "epochs", None)
    return found if isinstance(found, Epochs) else None


def batches(
    inputs: Any,
    batch_size: int,
    targets: TensorLike | None = None,
    shuffle: bool = True,
    seed: int = 0,
    drop_remainder: bool = False,
    first_epoch: int = 0,
    draw: bool = False,
    passes: int = 1,
    shard: tuple[int, int] | None = None,
):
    """`tf.data` pipeline over arrays in memory, with one gather per batch.

    Each pass over the data set is one epoch; its order depends only on `seed` and the
    number of the epoch, so that training resumed at epoch k sees the same batches as
    uninterrupted training. Pass `shuffle=False` to `fit`, which otherwise warns that
    the data set does its own shuffling.

    Args:
        inputs: Array of shape `(n, ...)`, or the images of `tfae.datasets.stream`.
        batch_size: Integer, number of examples in a batch.
        targets: Array of `n` targets. Defaults to none: `fit` reconstructs `inputs`.
        shuffle: Boolean, whether every epoch is a new permutation.
        seed: Integer, seed of the permutations.
        drop_remainder: Boolean, whether a last partial batch is left out.
        first_epoch: Integer, epoch number of the first pass.
        draw: Boolean, whether inputs in [0, 1] are binarized at random in every epoch,
            with the value as the probability of a 1.
        passes: Positive integer, number of passes over the examples in an epoch. If it
            is greater than 1, each pass leaves its last partial batch out. Starting an
            epoch costs as much as many steps; several passes amortize it for few
            examples.
        shard: Pair of the index of this worker and the number of workers, or `None`. A
            worker of n gets every n-th example in the order of an epoch. With the same
            seed, the shares of the workers are disjoint and hold all examples. All take
            the same number of steps, and so the last batch may hold one example more
            than `batch_size`.

    Returns:
        `tf.data.Dataset` of inputs `(batch_size, ...)`, or of (inputs, targets). The
        models of this package keep its iterator from one epoch of `fit` to the next.

    Example:
    >>> pipeline = tfae.datasets.batches(np.zeros((100, 64), "float32"), batch_size=32)
    >>> [len(batch) for batch in pipeline]
    [32, 32, 32, 4]
    """
    import tensorflow as tf

    if not isinstance(inputs, Images):
        inputs = np.asarray(inputs)
    check_rows(inputs, targets)
    count = len(inputs)
    check_integers(0, first_epoch=first_epoch)
    check_booleans(shuffle=shuffle, drop_remainder=drop_remainder, draw=draw)
    check_integers(batch_size=batch_size, passes=passes)
    check_seed(seed=seed)
    if count * passes > MOST:
        raise ValueError(
            f"`passes` over {count:,} examples must be at most {MOST // count:,}. "
            f"Received: passes={passes}"
        )
    if draw and (inputs.dtype.kind != "f" or inputs.min() < 0 or inputs.max() > 1):
        raise ValueError(
            "`draw` treats inputs as probabilities in [0, 1]. Received: "
            f"{inputs.dtype} from {inputs.min()} to {inputs.max()}. Scale them first."
        )
    worker, workers = _checked_shard(shard, count)
    # All workers have at least as many examples, and some have one more.
    least, own = count // workers, -(-(count - worker) // workers)
    drop_remainder = drop_remainder or passes > 1
    batch_size = min(batch_size, max(1, least))
    given = [one for one in (inputs, targets) if one is not None]
    readers = [*map(gathering.reader, given)]
    epoch = tf.Variable(first_epoch, dtype=tf.int64, trainable=False)

    def order(number):
        return whole_order(number)[:, worker::workers]

    def whole_order(number):
        in_turn = tf.tile(tf.range(count)[tf.newaxis], (passes, 1))
        if not shuffle:
            return in_turn
        seeds = tf.stack([tf.constant(seed, tf.int64), number])
        if passes > 1:  # one sort is faster than several shuffles
            keys = tf.random.stateless_uniform((passes, count), seeds)
            return tf.argsort(keys)
        shuffled = tf.random.experimental.stateless_shuffle(in_turn[0], seed=seeds)
        return shuffled[tf.newaxis]

    def gather(number, indices):
        gathered = [read(indices) for read in readers]
        if draw:
            # The first example identifies a batch within its epoch.
            first = tf.cast(indices[0], tf.int64)
            seeds = tf.stack([seed + count * number, first])
            values = gathered[0]
            limits = tf.random.stateless_uniform(
                tf.shape(values), seeds, dtype=values.dtype
            )
            gathered[0] = tf.cast(values > limits, values.dtype)
        return tuple(gathered) if len(gathered) > 1 else gathered[0]

    per_pass = least // batch_size if drop_remainder else -(-least // batch_size)
    size = passes * per_pass
    # A last batch that is smaller, or larger by one example, is made of the rest.
    whole = per_pass - (not drop_remainder and own != per_pass * batch_size)

    def blocks(number, stacked=0):
        orders = order(number)
        full = tf.reshape(orders[:, : whole * batch_size], (-1, batch_size))
        rows = tf.data.Dataset.from_tensor_slices(full)
        rows = rows.batch(stacked) if stacked else rows
        if whole < per_pass:
            rest = orders[0, whole * batch_size :]
            rest = tf.data.Dataset.from_tensors(rest[tf.newaxis] if stacked else rest)
            rows = rows.concatenate(rest)
        if stacked:
            return rows.map(lambda indices: (number, indices))
        # Each pass has its own number, so that `draw` draws other values in each.
        numbers = number * passes + tf.range(passes, dtype=tf.int64)
        numbers = tf.data.Dataset.from_tensor_slices(tf.repeat(numbers, per_pass))
        return tf.data.Dataset.zip(numbers, rows)

    from_files = isinstance(inputs, Images) and inputs.from_files
    threads = os.cpu_count() if from_files else 1
    options = tf.data.Options()
    # Gathers are cheap; more threads would only take cores from the training.
    options.threading.private_threadpool_size = threads
    if shard is not None:
        sharding = options.experimental_distribute
        sharding.auto_shard_policy = tf.data.experimental.AutoShardPolicy.OFF
    # There is nothing to tune, and a finished iterator waits for its tuner's thread,
    # which sleeps longer after longer epochs: 9 s after an epoch of 12 s.
    options.autotune.enabled = False
    batch_bytes = max(1, batch_size * inputs.nbytes // max(1, count))
    ready = min(MOST_READY_BATCHES, max(2, READY_BYTES // batch_bytes))

    def of_numbers(numbers, size=None, stacked=0):
        pipeline = numbers.flat_map(partial(blocks, stacked=stacked))
        pipeline = pipeline.map(gather, threads if from_files else None)
        if size is not None:
            pipeline = pipeline.apply(tf.data.experimental.assert_cardinality(size))
        pipeline = pipeline.prefetch(max(1, ready // max(1, stacked)))
        return pipeline.with_options(options)

    def endless(stacked=0):
        start = tf.data.Dataset.range(1).map(lambda _: epoch.read_value())
        numbers = start.flat_map(lambda n: tf.data.Dataset.range(n + 1, tf.int64.max))
        return of_numbers(numbers, stacked=stacked)

    def share(worker, workers):
        if shard is not None or batch_size % workers:
            return None
        options = (shuffle, seed, drop_remainder, int(epoch), draw, passes)
        of_worker = (inputs, batch_size // workers, targets, *options)
        found = batches(*of_worker, shard=(worker, workers)).epochs
        return found.endless() if found.steps == size else None

    one = tf.data.Dataset.range(1).map(lambda _: epoch.assign_add(1))
    pipeline = of_numbers(one, size)
    streamed = isinstance(inputs, Images)
    arrays = () if streamed else tuple(given)
    pipeline.epochs = Epochs(
        *(size, endless, share, epoch.assign_add),
        fixed=not (shuffle or draw),
        stacks=not (streamed or draw),
        arrays=arrays,
    )
    return pipeline


def _checked_shard(shard, count):
    """Index of a worker and number of workers of `shard`."""
    if shard is None:
        return 0, 1
    worker, workers = shard
    check_integers(workers=workers)
    check_integers(0, worker=worker)
    if not worker < workers <= count:
        raise ValueError(
            "`shard` must be the index of a worker and their number, at most that of "
            f"the {count} examples. Received: shard={shard}. Count workers from 0."
        )
    return int(worker), int(workers)
