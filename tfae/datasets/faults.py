"""A synthetic machine with six sensors, and the faults of its test part."""

import numpy as np

NAMES = ("flow", "pressure", "temperature", "speed", "current", "vibration")
LABEL_NAMES = ("normal", "fault")
TRAIN, TEST = 6000, 4000  # steps
# Kind, first step and end in the test part, and affected sensors.
FAULTS = (
    ("spike", 300, 303, (0,)),
    ("drift", 620, 820, (2,)),
    ("level shift", 1000, 1100, (1,)),
    ("lost sensor", 1300, 1400, (3,)),
    ("changed correlation", 1650, 1800, (4, 5)),
    ("spike", 2050, 2053, (4,)),
    ("drift", 2300, 2500, (5,)),
    ("level shift", 2700, 2800, (0,)),
    ("lost sensor", 3050, 3150, (2,)),
    ("changed correlation", 3450, 3600, (1,)),
)


def read():
    """Values of the steps, `(10000, 6)`, the first 6,000 normal, and labels 0 and 1.

    The sensors are noisy mixtures of a cycle of 48 steps, a cycle of 17 steps, and a
    randomly drifting load; each has mean 0 and variance 1 in the normal part.
    """
    generator = np.random.RandomState(23)
    values = _sensors(generator, TRAIN + TEST)
    normal = values[:TRAIN]
    values = (values - normal.mean(axis=0)) / normal.std(axis=0)
    labels = np.zeros(len(values), "int64")
    sound = values.copy()
    for kind, first, end, sensors in FAULTS:
        steps = slice(TRAIN + first, TRAIN + end)
        labels[steps] = 1
        for sensor in sensors:
            values[steps, sensor] = _faulty(kind, sound[:, sensor], steps)
    return values.astype("float32"), labels


def _sensors(generator, count):
    """Values of all sensors, in their own units."""
    steps = np.arange(count)
    wander = _wandering(generator, count, 0.98)
    slow = np.sin(2 * np.pi * steps / 48 + 0.3 * wander)
    quick = np.sin(2 * np.pi * steps / 17) * (1 + 0.3 * slow)
    load = _wandering(generator, count, 0.95)
    mixture = generator.uniform(0.4, 1.0, (3, len(NAMES)))
    mixture *= generator.choice([-1, 1], mixture.shape)
    values = np.stack([slow, quick, load], axis=1) @ mixture
    return values + 0.15 * generator.standard_normal(values.shape)


def _wandering(generator, count, memory):
    """Steps of a mean-reverting walk of variance 1."""
    noise = np.sqrt(1 - memory**2) * generator.standard_normal(count)
    found = np.zeros(count)
    for step in range(1, count):
        found[step] = memory * found[step - 1] + noise[step]
    return found


def _faulty(kind, sound, steps):
    """Values of a sensor at the steps of a fault."""
    values = sound[steps]
    if kind == "spike":
        return values + 6
    if kind == "drift":
        return values + np.linspace(0, 3, len(values))
    if kind == "level shift":
        return values + 2
    if kind == "lost sensor":
        return np.full(len(values), values[0])
    # Each value is normal on its own, but not in combination with the other sensors.
    return sound[steps.start - 59 : steps.stop - 59]
