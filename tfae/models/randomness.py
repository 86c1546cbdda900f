"""What a model draws: the states of the random generators in all its layers.

Keras neither saves them nor gives each replica of a distribution strategy its own.
"""

import collections
import contextlib

import keras
import tensorflow as tf
from keras import ops

from tfae.arguments import check_seed
from tfae.layers.sampling import standard_normal

# In evaluation each batch is given the same draws, so that it can be repeated.
EVALUATION_SEED = 0
# Seeds are smaller than 2**32, and fewer numbers are drawn from one.
APART = 2**32


def states(model):
    """States of the generators by name, each a variable of a seed and a count.

    The names tell the place of a layer among those of its class, not its own name,
    which differs from one copy of a model to the next.
    """
    found = {}

    def walk(layer, path):
        for index, generator in enumerate(layer._seed_generators):
            known = any(state is generator.state for state in found.values())
            if not known:
                found[f"{path}{index}"] = generator.state
        counts = collections.Counter()
        for child in layer._layers:
            kind = type(child).__name__
            walk(child, f"{path}{kind}_{counts[kind]}.")
            counts[kind] += 1

    walk(model, "seed_state.")
    return found


def evaluation_noise(shape):
    """Draws of N(0, 1) for an evaluation: of one `shape` they are always the same."""
    return standard_normal(shape, [EVALUATION_SEED, 0])


@contextlib.contextmanager
def seeded(model, seed):
    """What is drawn in the block depends on `seed` alone; the states stay as they are.

    Args:
        model: Keras model or layer.
        seed: Integer, or pair of integers, of which the second counts draws; or `None`
            for the next draws of the model's own.
    """
    if seed is None:
        yield
        return
    if not isinstance(seed, (tuple, list)) and not hasattr(seed, "dtype"):
        check_seed(seed=seed)
    found = [*states(model).values()]
    before = [ops.copy(state) for state in found]
    pair = [seed, 0] if ops.ndim(seed) == 0 else seed
    for index, state in enumerate(found):
        # Generators of one model draw from streams of their own.
        stream = ops.convert_to_tensor([0, index * APART], state.dtype)
        state.assign(ops.cast(pair, state.dtype) + stream)
    try:
        yield
    finally:
        for state, value in zip(found, before, strict=True):
            state.assign(value)


def spread(model):
    """Gives the replica that calls it, within its step, numbers of its own to draw.

    Called again, or after the states of all were set alike, it does the same.
    """
    replica = tf.distribute.get_replica_context().replica_id_in_sync_group
    for state in states(model).values():
        seed, count = tf.unstack(tf.identity(state.value))
        own = seed % APART + APART * tf.cast(replica, seed.dtype)
        state.assign(tf.stack([own, count]))


def save(model, store):
    """Writes the states that something was drawn from into a store of weights."""
    for name, state in states(model).items():
        if state.numpy()[1]:
            store[name] = state


def load(model, store):
    """Reads what `save` wrote; returns the store without it, as a dict.

    States of layers that the model lacks, and of others than were saved, are left.
    """
    stored = {name: store[name] for name in store.keys()}  # noqa: SIM118, no dict
    found = states(model)
    drawn = [name for name in stored if name.startswith("seed_state")]
    # Until version 0.1 they were numbered.
    if {*drawn} == {f"seed_state_{index}" for index in range(len(found))}:
        found = {f"seed_state_{i}": one for i, one in enumerate(found.values())}
    for name in drawn:
        value = stored.pop(name)
        if name in found:
            found[name].assign(value)
    return stored


def some_of(values, count, seed):
    """So many rows of a tensor in random order, each as often as any, or once more."""
    shuffled = keras.random.shuffle(values, seed=seed)
    return ops.take(shuffled, ops.arange(count) % ops.shape(values)[0], axis=0)
