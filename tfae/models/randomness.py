"""The states of the random generators in all layers of a model.

Keras does not save them, and all replicas of a distribution strategy share them.
"""

import collections
import contextlib

import keras
import tensorflow as tf
from keras import ops

from tfae.arguments import check_seed
from tfae.layers.sampling import standard_normal

# In evaluation each batch gets the same draws, so that results are reproducible.
EVALUATION_SEED = 0
# Seeds are smaller than 2**32, and so is the number of draws from a seed.
APART = 2**32


def states(model):
    """States of the generators by name, each a variable with a seed and a count.

    The names use the index of a layer within its class instead of its own name, which
    differs between copies of a model.
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
    """Draws from N(0, 1) for an evaluation: always the same for one `shape`."""
    return standard_normal(shape, [EVALUATION_SEED, 0])


@contextlib.contextmanager
def seeded(model, seed):
    """Context in which draws depend on `seed` alone; the states stay unchanged.

    Args:
        model: Keras model or layer.
        seed: Integer, or pair of integers, the second a count of draws; or `None` for
            the model's next draws.
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
        # Each generator of a model draws from its own stream.
        stream = ops.convert_to_tensor([0, index * APART], state.dtype)
        state.assign(ops.cast(pair, state.dtype) + stream)
    try:
        yield
    finally:
        for state, value in zip(found, before, strict=True):
            state.assign(value)


def spread(model):
    """Gives the calling replica, within its step, its own random numbers.

    Repeated calls have the same effect, also after all states were set equal.
    """
    replica = tf.distribute.get_replica_context().replica_id_in_sync_group
    for state in states(model).values():
        seed, count = tf.unstack(tf.identity(state.value))
        own = seed % APART + APART * tf.cast(replica, seed.dtype)
        state.assign(tf.stack([own, count]))


def save(model, store):
    """Writes the states of all used generators into a store of weights."""
    for name, state in states(model).items():
        if state.numpy()[1]:
            store[name] = state


def load(model, store):
    """Reads the states that `save` wrote; returns the rest of the store as a dict.

    States without a counterpart in the model or in the store are ignored.
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
    """Draws `count` rows of a tensor; their frequencies differ by at most one."""
    shuffled = keras.random.shuffle(values, seed=seed)
    return ops.take(shuffled, ops.arange(count) % ops.shape(values)[0], axis=0)
