"""Several training steps in one XLA program.

Keras compiles one step and calls it `steps_per_execution` times from a loop outside
XLA. On a CPU the calls of that loop take a good part of the time of a small dense
model; a loop inside the program spares most of them. Random numbers, of which XLA makes
a CPU wait, are drawn before it.
"""

import itertools

import tensorflow as tf


def train_function(prepare, update, steps, otherwise):
    """What Keras calls for `steps` steps of training, as `Model.train_function`.

    Args:
        prepare: Function of a batch that draws whatever is random in its step.
        update: Function of what `prepare` returned that trains on it and returns a
            dict of logs.
        steps: Integer, number of steps in one call.
        otherwise: Keras' own train function, for data that do not come as `tf.data`.

    Returns:
        Function of an iterator that returns the logs of the last step.
    """
    # Of a prepared batch, known once one was traced: where its structure has a tensor,
    # and whether these are the tensors of the batch itself.
    there, unchanged = None, False

    def flat(batch):
        nonlocal there, unchanged
        prepared = prepare(batch)
        there = tf.nest.map_structure(lambda one: one is not None, prepared)
        tensors = [one for one in tf.nest.flatten(prepared) if one is not None]
        given = tf.nest.flatten(batch)
        unchanged = [*map(id, tensors)] == [*map(id, given)]
        return tensors

    def restored(tensors):
        rest = iter(tensors)
        return tf.nest.map_structure(lambda one: next(rest) if one else None, there)

    prepare_all = tf.function(
        lambda batches: [flat(batch) for batch in batches], reduce_retracing=True
    )

    @tf.function(jit_compile=True, reduce_retracing=True)
    def one_step(tensors):
        return update(restored(tensors))

    @tf.function(jit_compile=True, reduce_retracing=True)
    def all_steps(batches, logs):
        stacked = [tf.stack(parts) for parts in zip(*batches, strict=True)]

        def body(index, _):
            return index + 1, update(restored([one[index] for one in stacked]))

        return tf.while_loop(lambda index, _: index < steps, body, (0, logs))[1]

    def given(batches):
        if unchanged:  # nothing is drawn: a copy would take a part of the step's time
            return [tf.nest.flatten(batch) for batch in batches]
        return prepare_all(batches)

    logs = None

    def function(iterator):
        nonlocal logs
        if not isinstance(iterator, tf.data.Iterator):
            return otherwise(iterator)
        batches = list(itertools.islice(iterator, steps))
        if not batches:
            raise StopIteration
        # The loop must know the structure of the logs, which the first steps make.
        if logs is not None and len(batches) == steps and _have_one_shape(batches):
            logs = all_steps(given(batches), logs)
        else:
            for batch in batches:
                logs = one_step(*given([batch]))
        return logs

    return function


def _have_one_shape(batches):
    shapes = [[x.shape for x in tf.nest.flatten(batch)] for batch in batches]
    return all(shape == shapes[0] for shape in shapes)
