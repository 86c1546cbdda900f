"""A legacy graph and its Keras twin from the same weights on the same batches."""

from typing import NamedTuple

import keras
import numpy as np
import tensorflow as tf

from tfae import building, fine_tuning, recipes
from tfae.arguments import check_integers
from tfae.parity.graphs import Graphs, check
from tfae.parity.noise import Noise
from tfae.parity.precision import floatx
from tfae.pretraining import GreedyPretraining
from tfae.twins import TWINS

FIRST_STEPS = 100
MEAN_LOSS = 1e-5  # the most that mean losses may differ in float32
LOSS, WEIGHT = 1e-9, 1e-8  # a step's loss, relatively, and a weight in float64
CRITERIA = {
    "float64": f"losses that differ by {LOSS:g} of their value and weights by "
    f"{WEIGHT:g} at most",
    "float32": f"mean losses that differ by {MEAN_LOSS:g} at most",
}
ROUNDING = 10  # times what rounding one number does to the program itself


class Parity(NamedTuple):
    """What both sides computed.

    Attributes:
        legacy_losses: Loss of each step of the graph, before its update; array of
            shape `(phases, steps)`.
        keras_losses: The same of the twin, in the legacy program's units.
        weight_difference: Largest absolute difference of any weight at the end.
        summed_over: Number of examples that a loss is a sum over, or 1 for a mean.
        itself: `Parity` of the program and, in the twin's place, itself with one
            number rounded otherwise: Adam's β₂ᵗ before the first step.
    """

    legacy_losses: np.ndarray
    keras_losses: np.ndarray
    weight_difference: float
    summed_over: int = 1
    itself: "Parity | None" = None

    @property
    def loss_differences(self):
        """Difference of the losses of each step, relative to the legacy one."""
        return relative_differences(self.legacy_losses, self.keras_losses)

    @property
    def loss_difference(self):
        """The largest of them."""
        return float(np.max(self.loss_differences))

    @property
    def mean_loss_difference(self):
        """Difference of the mean losses of the first 100 steps, for an example.

        Of several phases, of that which differs most.
        """
        difference = (self.keras_losses - self.legacy_losses)[:, :FIRST_STEPS]
        return float(np.abs(difference.mean(axis=1)).max()) / self.summed_over

    def agrees(self, dtype):
        """Whether the two sides differ by no more than rounding in `dtype` does."""
        bounds = (LOSS, WEIGHT) if dtype == "float64" else (MEAN_LOSS,)
        pairs = zip(self.measures(dtype), bounds, strict=True)
        return all(measure <= bound for measure, bound in pairs)

    def measures(self, dtype):
        """What `agrees` looks at."""
        if dtype == "float64":
            return self.loss_difference, self.weight_difference
        return (self.mean_loss_difference,)

    def verdict(self, dtype):
        """Whether the two agree: `"yes"`, `"rounding"` or `"no"`.

        Rounding it is where they part by more than they may, but the program parts
        from itself as far when one number is rounded otherwise: a tenth of it at
        least, since what grows from step to step does not grow to the same twice.
        """
        if self.agrees(dtype):
            return "yes"
        pairs = zip(self.measures(dtype), self.itself.measures(dtype), strict=True)
        rounding = all(ours <= ROUNDING * own for ours, own in pairs)
        return "rounding" if rounding else "no"


def relative_differences(legacy, ours):
    """Differences of two arrays, relative to the first; 0 where both are alike."""
    tiny = np.finfo("float64").tiny
    return np.abs(ours - legacy) / np.maximum(np.abs(legacy), tiny)


def compare(program, inputs, labels=None, steps=100, seed=0, dtype="float64"):
    """Trains both sides on the same batches from the same weights.

    Noise is drawn once and fed to both. Each phase of a program that has two goes
    through the same batches, of the size that the program has.

    Args:
        program: Name of a module of `legacy_tf1_ports` that `TWINS` lists.
        inputs: Array of shape `(n, features)`, scaled as the twin's recipe says.
        labels: Array of `n` integers, which classifiers need.
        steps: Positive integer, optimizer steps of each phase.
        seed: Integer, seed of the initial weights, the batches and the noise.
        dtype: `"float64"`, where only the algebra counts, or `"float32"`.

    Returns:
        A `Parity`.

    Raises:
        ValueError: If there is no such program, it takes other data, or its losses
            are no numbers on these.
    """
    check_integers(steps=steps)
    inputs, labels = check(program, inputs, labels)
    inputs = inputs.astype(dtype)
    twin = TWINS[program]
    recipe = building.override(recipes.get(twin.recipe), twin.settings)
    rows = _rows(len(inputs), recipe.batch_size, steps, seed)
    features, batch_size = inputs.shape[1], rows.shape[1]
    scale = twin.summed * batch_size or 1.0
    with floatx(dtype):
        keras.utils.set_random_seed(seed)
        noise = Noise(recipe, (batch_size, features), dtype, seed)
        model = building.build(noise.recipe, (features,))
        noise.enter(model)
        if getattr(model, "likelihood", None) is not None:
            model.likelihood.check(inputs)
        if twin.classes:
            model = fine_tuning.classifier(model, twin.classes, **twin.head)
        building.compile_model(model, noise.recipe)
        _match(model, scale, dtype)
        phased = recipe.pretraining and not twin.classes
        phases = _phases(model) if phased else [building.weights(model)]
        initial = [[np.array(one) for one in weights] for weights in phases]
        recorder = _Recorder(noise, twin.one_optimizer)
        model.fit(
            _batches(inputs, labels, rows),
            epochs=len(phases),
            shuffle=False,
            callbacks=[GreedyPretraining(1), recorder] if phased else [recorder],
            verbose=0,
        )
        final = [[np.array(one) for one in weights] for weights in phases]
    run = (program, initial, inputs, labels, rows, noise)
    legacy_losses, legacy_final = _run_legacy(*run)
    rounded_losses, rounded_final = _run_legacy(*run, round_otherwise=True)
    keras_losses = scale * (
        np.array(recorder.losses, "float64") - features * twin.constant
    )
    for losses in (legacy_losses, keras_losses, rounded_losses):
        if not np.isfinite(losses).all():
            step = int(np.argmin(np.isfinite(losses))) + 1
            raise ValueError(
                f"{program} diverges: its loss is no number at step {step}. Scale the "
                "data."
            )
    legacy_losses, keras_losses, rounded_losses = (
        losses.reshape(len(phases), steps)
        for losses in (legacy_losses, keras_losses, rounded_losses)
    )
    summed_over = batch_size if twin.summed else 1
    difference = _largest_difference(legacy_final, rounded_final)
    itself = Parity(legacy_losses, rounded_losses, difference, summed_over)
    difference = _largest_difference(legacy_final, final)
    return Parity(legacy_losses, keras_losses, difference, summed_over, itself)


def _largest_difference(phases, others):
    """The largest absolute difference of the weights of two runs."""
    differences = [
        np.abs(one - other).max()
        for pair in zip(phases, others, strict=True)
        for one, other in zip(*pair, strict=True)
    ]
    # Not Python's, which may pass over what is no number.
    return float(np.max(differences))


class _Recorder(keras.callbacks.Callback):
    """Loss of each step by itself, and the noise of each.

    With `counting` the optimizer goes on counting its steps in a new phase.
    """

    def __init__(self, noise, counting):
        super().__init__()
        self.losses, self._noise, self._counting = [], noise, counting

    def on_epoch_begin(self, epoch, logs=None):
        if self._counting:
            self.model.optimizer.iterations.assign(len(self.losses))

    def on_train_batch_begin(self, batch, logs=None):
        self._noise.feed(batch)

    def on_train_batch_end(self, batch, logs=None):
        self.losses.append(logs["loss"])
        self.model.reset_metrics()  # or the next one is a mean with this


def _rows(count, batch_size, steps, seed):
    """Which examples make each batch, `(steps, batch_size)`."""
    generator = np.random.default_rng(seed)
    whole = count // batch_size
    orders = [
        generator.permutation(count)[: whole * batch_size].reshape(whole, batch_size)
        for _ in range(-(-steps // whole))
    ]
    return np.concatenate(orders)[:steps]


def _batches(inputs, labels, rows):
    """The batches of `rows`, gathered as they are asked for."""
    arrays = [tf.constant(one) for one in (inputs, labels) if one is not None]

    def gather(chosen):
        batch = tuple(tf.gather(array, chosen) for array in arrays)
        return batch if labels is not None else batch[0]

    return tf.data.Dataset.from_tensor_slices(rows).map(gather)


def _match(model, scale, dtype):
    """Adam as TF1's on a loss `scale` times as large, and all numbers of `dtype`."""
    # Keras turns Python numbers into float32 on the way to float64.
    exact = np.dtype(dtype).type
    for name in ("beta_1", "beta_2"):
        setattr(model.optimizer, name, exact(getattr(model.optimizer, name)))
    model.optimizer.epsilon /= scale
    for weight in model.trainable_weights:
        if weight.regularizer is not None:
            weight.regularizer.l2 = exact(weight.regularizer.l2)


def _phases(stack):
    """The weights of each phase of training, in the order of the legacy program's."""
    return [[*one.weights, *other.weights] for one, other in stack.layer_pairs]


def _run_legacy(name, initial, inputs, labels, rows, noise, round_otherwise=False):
    """Losses of all steps and final weights of each phase of a program."""
    losses = []
    with Graphs(name, inputs.shape[1], inputs.dtype.name) as graphs:
        graphs.assign(initial)
        if round_otherwise:
            graphs.round_otherwise()
        for phase, (session, program) in enumerate(graphs.phases):
            fed = graphs.inputs_of(phase, inputs)
            for step, chosen in enumerate(rows):
                feeds = {program.inputs: fed[chosen]}
                if program.noise is not None:
                    feeds[program.noise] = noise.drawn(step)
                if labels is not None:
                    feeds[program.targets] = labels[chosen]
                fetched = [program.loss, program.train_op]
                losses.append(np.sum(session.run(fetched, feeds)[0]))
        return np.array(losses, "float64"), graphs.weights()
