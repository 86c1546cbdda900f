"""Several training steps in one XLA program.

Keras compiles one step and calls it `steps_per_execution` times from a loop outside
XLA. On a CPU the calls of that loop take a good part of the time of a small dense
model; a loop inside the program spares most of them. Random numbers, of which XLA makes
a CPU wait, are drawn before it.
"""

import itertools

import tensorflow as tf


def are_faster(model):
    """Whether one program of several steps is faster for a compiled model.

    Kernels of convolutions take ten times as long within a loop of XLA as outside of
    one, on a CPU.
    """
    convolves = any(len(one.shape) > 2 for one in model.trainable_variables)
    return (
        model.jit_compile
        and model.steps_per_execution > 1
        and not convolves
        and not model.run_eagerly
        and model.distribute_strategy.num_replicas_in_sync == 1
    )


def train_function(prepare, update, steps, otherwise, check):
    """What Keras calls for `steps` steps of training, as `Model.train_function`.

    Args:
        prepare: Function of a batch that draws whatever is random in its step.
        update: Function of what `prepare` returned that trains on it and returns a
            dict of logs.
        steps: Integer, number of steps in one call.
        otherwise: Keras' own train function, for data that do not come as `tf.data`.
        check: Function that raises an error for a batch that cannot be trained on. It
            is called on the first batch of each call.

    Returns:
        Function of an iterator that returns the logs of the last step.
    """
    prepare_one = tf.function(prepare, reduce_retracing=True)

    @tf.function(reduce_retracing=True)
    def prepare_all(batches):
        return tf.nest.map_structure(_stacked, *map(prepare, batches))

    one_step = tf.function(update, jit_compile=True, reduce_retracing=True)

    @tf.function(jit_compile=True, reduce_retracing=True)
    def all_steps(stacked, logs):
        def body(index, _):
            batch = tf.nest.map_structure(
                lambda one: None if one is None else one[index], stacked
            )
            return index + 1, update(batch)

        return tf.while_loop(lambda index, _: index < steps, body, (0, logs))[1]

    logs = None

    def function(iterator):
        nonlocal logs
        if not isinstance(iterator, tf.data.Iterator):
            return otherwise(iterator)
        batches = list(itertools.islice(iterator, steps))
        if not batches:
            raise StopIteration
        check(batches[0])
        # The loop must know the structure of the logs, which the first steps make.
        if logs is not None and len(batches) == steps and _have_one_shape(batches):
            logs = all_steps(prepare_all(batches), logs)
        else:
            for batch in batches:
                logs = one_step(prepare_one(batch))
        return logs

    return function


def _stacked(*parts):
    """What one place of the prepared batches holds in all of them, or `None`."""
    return None if parts[0] is None else tf.stack(parts)


def _have_one_shape(batches):
    shapes = [[x.shape for x in tf.nest.flatten(batch)] for batch in batches]
    return all(shape == shapes[0] for shape in shapes)
