"""How fast a legacy program and its Keras twin train, in turn."""

import statistics
import time
from typing import NamedTuple

import keras
import numpy as np

from tfae import building, datasets, fine_tuning, recipes
from tfae.parity.graphs import Graphs, check
from tfae.pretraining import GreedyPretraining
from tfae.twins import TWINS

FEWEST_STEPS = 100  # of what is timed at a time


class Speeds(NamedTuple):
    """Seconds of each timed epoch, those of all phases one after the other.

    Attributes:
        legacy: Of the program's session.
        keras: Of the twin's `fit`.
        steps: Integer, optimizer steps of an epoch.
    """

    legacy: list
    keras: list
    steps: int

    @property
    def ratio(self):
        """How many times as long the legacy program takes, by the medians."""
        return statistics.median(self.legacy) / statistics.median(self.keras)


def time_epochs(program, inputs, labels=None, epochs=3, seed=0):
    """Times epochs of both sides, one of the one after one of the other.

    Both train in float32 as they would by themselves: the program by a `session.run`
    a step, the twin by `fit` as its recipe compiles it. The first epoch of each phase,
    which holds the compilation, is not counted. What the program's own feeding would
    cost is left out: it is fed blocks of the array as they lie in memory. An array of
    too few batches is gone through several times an epoch.

    Args:
        program: Name of a legacy program.
        inputs: As for `compare`.
        labels: As for `compare`.
        seed: Integer, seed of the initial weights and of the twin's order.
        epochs: Positive integer, timed epochs of each phase.

    Returns:
        `Speeds`.
    """
    check(program, labels)
    twin = TWINS[program]
    recipe = building.override(recipes.get(twin.recipe), twin.settings)
    size = min(recipe.batch_size, len(inputs))
    passes = -(-FEWEST_STEPS // (len(inputs) // size))
    inputs = np.concatenate(
        [np.asarray(inputs, "float32")[: _whole(inputs, size)]] * passes
    )
    if labels is not None:
        labels = np.concatenate([labels[: _whole(labels, size)]] * passes)
    steps = len(inputs) // size
    keras.utils.set_random_seed(seed)
    model = building.build(recipe, inputs.shape[1:])
    if twin.classes:
        model = fine_tuning.classifier(model, twin.classes, **twin.head)
    building.compile_model(model, recipe, steps)
    with Graphs(program, inputs.shape[1], "float32", seed) as graphs:
        clock = _Clock(_LegacyEpochs(graphs, inputs, labels, size), epochs)
        ahead = recipe.pretraining.get("cached", False) and not twin.classes
        callbacks = [clock]
        if recipe.pretraining and not twin.classes:
            options = {"inputs": inputs, "batch_size": size, "callbacks": [clock]}
            greedy = GreedyPretraining(
                1 + epochs, verbose=0, **(options if ahead else {})
            )
            callbacks = [greedy] if ahead else [greedy, clock]
        model.fit(
            datasets.batches(inputs, size, labels, seed=seed, drop_remainder=True),
            epochs=0 if ahead else (1 + epochs) * len(graphs.phases),
            shuffle=False,
            callbacks=callbacks,
            verbose=0,
        )
    return Speeds(clock.legacy, clock.keras, steps)


class _LegacyEpochs:
    """Trains one epoch of the graphs' phases when it is called with a phase."""

    def __init__(self, graphs, inputs, labels, size):
        self._graphs, self._inputs, self._labels = graphs, inputs, labels
        self._size = size
        self._phase = self._fed = None

    def prepare(self, phase):
        """Computes what the phase is fed, which no epoch's time is to hold."""
        if phase != self._phase:
            self._phase = phase
            self._fed = self._graphs.inputs_of(phase, self._inputs)

    def __call__(self):
        session, program = self._graphs.phases[self._phase]
        for start in range(0, len(self._fed), self._size):
            rows = slice(start, start + self._size)
            feeds = {program.inputs: self._fed[rows]}
            if self._labels is not None:
                feeds[program.targets] = self._labels[rows]
            session.run(program.train_op, feeds)


class _Clock(keras.callbacks.Callback):
    """Times the epochs of `fit`, and one of the legacy program before each."""

    def __init__(self, legacy_epochs, epochs):
        super().__init__()
        self.legacy, self.keras = [], []
        self._legacy_epochs, self._epochs, self._begun = legacy_epochs, epochs, 0

    def on_epoch_begin(self, epoch, logs=None):
        phase, self._number = divmod(self._begun, 1 + self._epochs)
        self._begun += 1
        self._legacy_epochs.prepare(phase)
        started = time.perf_counter()
        self._legacy_epochs()
        self._take(self.legacy, started)
        self._started = time.perf_counter()

    def on_epoch_end(self, epoch, logs=None):
        self._take(self.keras, self._started)

    def _take(self, seconds, started):
        if self._number:  # the first compiles
            seconds.append(time.perf_counter() - started)


def _whole(array, size):
    """Number of examples in whole batches."""
    return len(array) // size * size
