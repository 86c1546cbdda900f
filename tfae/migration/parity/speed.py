"""Training speeds of a legacy program and its Keras twin, measured in turn."""

import time
from typing import NamedTuple

import keras
import numpy as np

from tfae import datasets
from tfae.arguments import check_integers
from tfae.callbacks import divergence
from tfae.migration import twins
from tfae.migration.parity.graphs import Graphs, check
from tfae.migration.parity.precision import floatx
from tfae.migration.twins import TWINS
from tfae.pretraining import GreedyPretraining, pretrain
from tfae.types import ArrayLike

FEWEST_STEPS = 250  # in a timed epoch


class Speeds(NamedTuple):
    """Seconds of timed epochs: a list for each phase.

    Ratios and milliseconds are those of the fastest epoch of each side, since the
    others include the machine's other work.

    Attributes:
        legacy: Seconds of the program's session.
        keras: Seconds of the twin's `fit`.
        steps: Integer, optimizer steps of an epoch.
    """

    legacy: list
    keras: list
    steps: int

    @property
    def ratios(self):
        """Ratio of the program's time to the twin's in each phase."""
        quickest = zip(_quickest(self.legacy), _quickest(self.keras), strict=True)
        return [legacy / ours for legacy, ours in quickest]

    @property
    def ratio(self):
        """Ratio of the times for an epoch of all phases."""
        return sum(_quickest(self.legacy)) / sum(_quickest(self.keras))

    @property
    def milliseconds(self):
        """Milliseconds of a step in each phase: of the program and of the twin."""
        return tuple(
            [1000 * seconds / self.steps for seconds in _quickest(side)]
            for side in (self.legacy, self.keras)
        )


def time_epochs(
    program: str,
    inputs: ArrayLike,
    labels: ArrayLike | None = None,
    epochs: int = 5,
    seed: int = 0,
):
    """Times epochs of both sides, which take turns.

    Both train in float32: the program by a `session.run` of its training step for each
    batch, the twin by `fit` as compiled by its recipe, with the check for NaN and
    infinite losses. The first epoch of each phase, which includes compilation, is not
    counted. Each side draws its batches as in training. Other work of the program, such
    as printing and summing its losses, is excluded. An array of few batches is passed
    over several times per epoch, for 250 steps, or as often as the recipe's `passes`.

    Args:
        program: Name of a legacy program.
        inputs: As for `compare`.
        labels: As for `compare`.
        epochs: Positive integer, timed epochs of each phase.
        seed: Integer, seed of the initial weights and of both sides' batches.

    Returns:
        `Speeds`.

    Raises:
        ValueError: As `compare` does, or if the twin diverges within the epochs.
    """
    check_integers(epochs=epochs)
    inputs, labels = check(program, inputs, labels)
    twin = TWINS[program]
    recipe = twins.recipe_of(program)
    size = recipe.batch_size
    whole = len(inputs) // size
    passes = -(-max(FEWEST_STEPS, recipe.passes or 0) // whole)
    steps = passes * whole
    phased = recipe.pretraining and not twin.classes
    ahead = phased and recipe.pretraining.get("cached", False)
    with floatx("float32"), Graphs(program, inputs.shape[1], "float32", seed) as graphs:
        keras.utils.set_random_seed(seed)
        shape = twins.example_shape(recipe, inputs.shape[1])
        model = twins.build(program, recipe, shape)
        twins.compile_model(program, model, recipe, steps)
        legacy = _LegacyEpochs(graphs, inputs, labels, size, steps, seed)
        clock = _Clock(legacy, epochs)
        watched = [divergence.StopOnDivergence(), clock]
        if phased and not ahead:
            watched.insert(0, GreedyPretraining(1 + epochs))
        examples = inputs.reshape(-1, *shape)
        batches = datasets.batches(
            examples,
            size,
            labels,
            recipe.shuffle,
            seed,
            drop_remainder=True,
            passes=passes,
        )
        try:
            if ahead:  # if a callback is added by default
                pretrain(
                    model,
                    np.concatenate([examples[: whole * size]] * passes),
                    1 + epochs,
                    batch_size=size,
                    callbacks=[clock],
                    verbose=0,
                )
            else:
                model.fit(
                    batches,
                    epochs=(1 + epochs) * len(graphs.phases),
                    shuffle=False,
                    callbacks=watched,
                    verbose=0,
                )
        except divergence.DivergenceError as error:
            raise ValueError(f"{program} cannot be timed: {error}") from error
    return Speeds(clock.legacy, clock.keras, steps)


class _LegacyEpochs:
    """Trains one epoch of a phase of the graphs at each call."""

    def __init__(self, graphs, inputs, labels, size, steps, seed):
        self._graphs, self._inputs, self._labels = graphs, inputs, labels
        self._size, self._steps, self._seed = size, steps, seed
        self._phase = self._batches = None

    def prepare(self, phase):
        """Computes the phase's feeds, so that timed epochs exclude it."""
        if phase != self._phase:
            self._phase = phase
            fed = self._graphs.inputs_of(phase, self._inputs)
            arrays = (fed,) if self._labels is None else (fed, self._labels)
            _, program = self._graphs.phases[phase]
            self._batches = program.draw(arrays, self._size, self._seed)

    def __call__(self):
        session, program = self._graphs.phases[self._phase]
        for _ in range(self._steps):
            feeds = program.feeds(next(self._batches))
            for train_op in (program.train_op, *(one for _, one in program.further)):
                session.run(train_op, feeds)


class _Clock(keras.callbacks.Callback):
    """Times the epochs of `fit`, and one of the legacy program before each."""

    def __init__(self, legacy_epochs, epochs):
        super().__init__()
        self.legacy, self.keras = [], []
        self._legacy_epochs, self._epochs, self._begun = legacy_epochs, epochs, 0

    def on_epoch_begin(self, epoch, logs=None):
        phase, self._number = divmod(self._begun, 1 + self._epochs)
        self._begun += 1
        if self._number == 0:
            self.legacy.append([])
            self.keras.append([])
        self._legacy_epochs.prepare(phase)
        started = time.perf_counter()
        self._legacy_epochs()
        self._take(self.legacy, started)
        self._started = time.perf_counter()

    def on_epoch_end(self, epoch, logs=None):
        self._take(self.keras, self._started)

    def _take(self, phases, started):
        if self._number:  # the first compiles
            phases[-1].append(time.perf_counter() - started)


def _quickest(phases):
    return [min(seconds) for seconds in phases]
