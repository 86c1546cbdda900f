"""Several training steps in one XLA program.

Keras compiles one step and calls it `steps_per_execution` times from a loop outside
XLA. On a CPU these calls take much of the time of a small dense model; a loop inside
the program avoids most of them. Random numbers, which XLA generates slowly on a CPU,
are drawn beforehand.
"""

import itertools
import operator

import tensorflow as tf


def are_faster(model):
    """Whether one program for several steps is faster for a compiled model.

    On a CPU convolution kernels take ten times as long inside an XLA loop as outside.
    """
    convolves = any(len(one.shape) > 2 for one in model.trainable_variables)
    return (
        model.jit_compile
        and model.steps_per_execution > 1
        and not convolves
        and not model.run_eagerly
        and model.distribute_strategy.num_replicas_in_sync == 1
    )


def are_used(model):
    """Whether a compiled and built model trains with `train_function`."""
    if model.train_function is not None:  # from an earlier `fit`, which Keras keeps
        return getattr(model.train_function, "takes_stacks", False)
    return model.built and model.steps_in_parts and are_faster(model)


def train_function(prepare, update, steps, otherwise, check, kept):
    """The function that Keras calls for `steps` steps, as `Model.train_function`.

    Args:
        prepare: Function of a batch that draws the random numbers of its step.
        update: Function of the result of `prepare` that trains on it and returns a dict
            of logs.
        steps: Integer, number of steps in one call.
        otherwise: Keras' own train function, for data outside `tf.data`.
        check: Function that raises an error for a batch that cannot be trained on. It
            is called on the first batch of each call.
        kept: Function without arguments that returns the pair `steps` and `stacked` of
            `tfae.models.kept_data.KeptData`.

    Returns:
        Function of an iterator that returns the logs of the last step.
    """

    @tf.function  # of static shapes, one of which is the number of batches
    def prepare_all(stacked):
        parts = [_part(stacked, index) for index in range(_length(stacked))]
        given = [*zip(*map(tf.nest.flatten, parts), strict=True)]
        known = [*zip(given, tf.nest.flatten(stacked), strict=True)]

        def joined(*ones):
            for before, whole in known:  # not copied where nothing was drawn
                if all(map(operator.is_, ones, before)):
                    return whole
            return _stack(*ones)

        return tf.nest.map_structure(joined, *map(prepare, parts))

    # Traced once for the two programs that contain it.
    step = tf.function(update, reduce_retracing=True)
    prepare_one = tf.function(prepare, reduce_retracing=True)
    one_step = tf.function(lambda batch: step(batch), jit_compile=True)

    @tf.function(jit_compile=True)
    def all_steps(stacked):
        made = step.get_concrete_function(_part(stacked, 0)).structured_outputs
        logs = tf.nest.map_structure(lambda one: tf.zeros(one.shape, one.dtype), made)
        return tf.while_loop(
            lambda index, _: index < _length(stacked),
            lambda index, _: (index + 1, step(_part(stacked, index))),
            (0, logs),
        )[1]

    known, done = None, 0

    def function(iterator):
        nonlocal known, done
        if not isinstance(iterator, tf.data.Iterator):
            return otherwise(iterator)
        if iterator is not known:
            known, done = iterator, 0
        of_epoch, stacked = kept()
        left = steps if of_epoch is None else of_epoch - done
        several = [*_taken(iterator, min(steps, left), stacked)]
        if not several:
            raise StopIteration
        if of_epoch is not None:
            done = (done + min(steps, left)) % of_epoch
        check(_part(several[0], 0))
        for one in several:
            # Compiling a program for each number of steps does not pay.
            if _length(one) == min(steps, of_epoch or steps) > 1:
                logs = all_steps(prepare_all(one))
            else:
                for index in range(_length(one)):
                    logs = one_step(prepare_one(_part(one, index)))
        return logs

    function.takes_stacks = True
    return function


def _taken(iterator, count, stacked):
    """The next batches, stacked if they have the same shape."""
    if stacked:
        while count > 0:
            one = next(iterator)
            count -= _length(one)
            yield one
        return
    batches = [*itertools.islice(iterator, count)]
    if batches and _have_one_shape(batches):
        yield tf.nest.map_structure(_stack, *batches)
    else:
        for batch in batches:
            yield tf.nest.map_structure(_stack, batch)


def _length(stacked):
    return tf.nest.flatten(stacked)[0].shape[0]


def _part(stacked, index):
    """One of the stacked batches."""
    return tf.nest.map_structure(
        lambda one: None if one is None else one[index], stacked
    )


def _stack(*parts):
    """The stacked values of one component of several batches, or `None`."""
    return None if parts[0] is None else tf.stack(parts)


def _have_one_shape(batches):
    shapes = [[x.shape for x in tf.nest.flatten(batch)] for batch in batches]
    return all(shape == shapes[0] for shape in shapes)
