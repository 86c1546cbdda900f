"""Training of a legacy graph and its twin from the same weights on the same batches."""

from typing import Literal

import keras
import numpy as np
import tensorflow as tf

from tfae.arguments import check_integers
from tfae.callbacks import divergence
from tfae.migration import twins
from tfae.migration.parity.graphs import Graphs, check
from tfae.migration.parity.noise import Noise
from tfae.migration.parity.precision import floatx
from tfae.migration.parity.verdict import Parity
from tfae.migration.twins import TWINS
from tfae.pretraining import GreedyPretraining
from tfae.types import ArrayLike

DTYPES = ("float32", "float64")


def compare(
    program: str,
    inputs: ArrayLike,
    labels: ArrayLike | None = None,
    steps: int = 100,
    seed: int = 0,
    dtype: Literal["float32", "float64"] = "float64",
):
    """Trains both sides on the same batches from the same weights.

    Noise is drawn once and fed to both. Both phases of a program with two phases use
    the same batches, of the program's size.

    Args:
        program: Name of a module of `legacy_tf1_ports` that `TWINS` lists.
        inputs: Array of shape `(n, features)`, scaled as the twin's recipe says.
        labels: Array of `n` integers, needed by classifiers.
        steps: Positive integer, optimizer steps of each phase.
        seed: Integer, seed of the initial weights, the batches and the noise.
        dtype: `"float64"`, which makes rounding negligible, or `"float32"`.

    Returns:
        A `Parity`.

    Raises:
        ValueError: If there is no such program or type, the program takes other data,
            or its losses are NaN or infinite on these.
        DivergenceError: If the twin's losses or weights are NaN or infinite where the
            program's are not.

    Example:
    >>> x = np.random.rand(500, 64)
    >>> parity = tfae.parity.compare("notebook_tied", x, steps=3)
    >>> parity.agrees
    True
    """
    check_integers(steps=steps)
    if dtype not in DTYPES:
        raise ValueError(
            f"`dtype` must be one of {', '.join(DTYPES)}. Received: {dtype}"
        )
    inputs, labels = check(program, inputs, labels)
    inputs = inputs.astype(dtype)
    twin = TWINS[program]
    recipe = twins.recipe_of(program)
    rows = _rows(len(inputs), recipe.batch_size, steps, seed)
    features, batch_size = inputs.shape[1], rows.shape[1]
    scale = twin.summed * batch_size or 1.0
    with floatx(dtype):
        keras.utils.set_random_seed(seed)
        shape = twins.example_shape(recipe, features)
        examples = inputs.reshape(-1, *shape)
        noise = Noise(recipe, twin.draws, (batch_size, *shape), dtype, seed)
        model = twins.build(program, noise.recipe, shape)
        noise.enter(model)
        model.check_inputs(examples, program)
        twins.compile_model(program, model, noise.recipe)
        _match(model, scale, dtype)
        phased = recipe.pretraining and not twin.classes
        phases = _phases(model) if phased else [twins.weights(program, model)]
        initial = [[np.array(one) for one in weights] for weights in phases]
        recorder = _Recorder(noise, twin.one_optimizer, twin.compared)
        model.fit(
            _batches(examples, labels, rows),
            epochs=len(phases),
            shuffle=False,
            callbacks=[GreedyPretraining(1), recorder] if phased else [recorder],
            verbose=0,
        )
        final = [[np.array(one) for one in weights] for weights in phases]
    run = (program, initial, inputs, labels, rows, noise)
    shape = (len(phases), steps)
    legacy_losses, legacy_final = _run_legacy(*run, shape)
    # A perturbation of weights in one direction may not be amplified.
    ways = (0.0,) if recipe.optimizer == "adam" else (-np.inf, np.inf)
    rounded = [_run_legacy(*run, shape, towards) for towards in ways]
    constant = scale * features * twin.constant
    keras_losses = scale * np.reshape(np.array(recorder.losses, "float64"), shape)
    keras_losses -= constant
    where = _not_finite(legacy_losses, legacy_final)
    if where:
        raise ValueError(f"{program} diverges: {where}. Scale the data.")
    where = _not_finite(keras_losses, final)
    if where:
        raise divergence.DivergenceError(
            f"{twin.recipe} diverges where {program} does not: {where}."
        )
    for losses, weights in rounded:
        where = _not_finite(losses, weights)
        if where:
            raise ValueError(
                f"{program} diverges with different rounding: {where}. Scale the data."
            )
    summed_over = batch_size if twin.summed else 1
    units = {"dtype": dtype, "summed_over": summed_over}
    itself = Parity(
        legacy_losses,
        _farthest(legacy_losses, [losses for losses, _ in rounded]),
        max(_largest_difference(legacy_final, weights) for _, weights in rounded),
        **units,
    )
    return Parity(
        legacy_losses,
        keras_losses,
        _largest_difference(legacy_final, final),
        **units,
        constant=constant,
        itself=itself,
    )


def _not_finite(losses, phases):
    """Text on the first NaN or infinite loss or weight; or an empty string."""
    found = np.argwhere(~np.isfinite(losses))
    if len(found):
        phase, step = found[0] + 1
        return f"its loss is NaN or infinite at step {step} of phase {phase}"
    if not all(np.isfinite(one).all() for weights in phases for one in weights):
        return "it has NaN or infinite weights"
    return ""


def _farthest(losses, others):
    """Among several runs, the loss of each step that differs most from `losses`."""
    others = np.stack(others)
    chosen = np.abs(others - losses).argmax(axis=0)
    return np.take_along_axis(others, chosen[None], axis=0)[0]


def _largest_difference(phases, others):
    """The largest absolute difference of the weights of two runs."""
    differences = [
        np.abs(one - other).max()
        for pair in zip(phases, others, strict=True)
        for one, other in zip(*pair, strict=True)
    ]
    return float(np.max(differences))


class _Recorder(keras.callbacks.Callback):
    """Records the loss of each step, and feeds its noise.

    With `counting`, the optimizer continues its step count in a new phase; `compared`
    is the name of the loss.
    """

    def __init__(self, noise, counting, compared="loss"):
        super().__init__()
        self.losses, self._noise, self._counting = [], noise, counting
        self._compared = compared

    def on_epoch_begin(self, epoch, logs=None):
        if self._counting:
            self.model.optimizer.iterations.assign(len(self.losses))

    def on_train_batch_begin(self, batch, logs=None):
        self._noise.feed(batch)

    def on_train_batch_end(self, batch, logs=None):
        self.losses.append(logs[self._compared])
        self.model.reset_metrics()  # else the next loss is averaged with this one


def _rows(count, batch_size, steps, seed):
    """Rows of the examples of each batch, `(steps, batch_size)`."""
    generator = np.random.default_rng(seed)
    whole = count // batch_size
    orders = [
        generator.permutation(count)[: whole * batch_size].reshape(whole, batch_size)
        for _ in range(-(-steps // whole))
    ]
    return np.concatenate(orders)[:steps]


def _batches(inputs, labels, rows):
    """The batches of `rows`, gathered on demand."""
    arrays = [tf.constant(one) for one in (inputs, labels) if one is not None]

    def gather(chosen):
        batch = tuple(tf.gather(array, chosen) for array in arrays)
        return batch if labels is not None else batch[0]

    options = tf.data.Options()
    options.autotune.enabled = False  # as in `datasets.batches`
    return tf.data.Dataset.from_tensor_slices(rows).map(gather).with_options(options)


def _match(model, scale, dtype):
    """TF1's optimizers for a loss `scale` times as large, with numbers of `dtype`."""
    # Keras converts Python numbers to float32 before float64.
    exact = np.dtype(dtype).type
    further = getattr(model, "optimizers", {}).values()
    for optimizer in (model.optimizer, *further):
        for name in ("beta_1", "beta_2", "rho", "epsilon"):
            if hasattr(optimizer, name):
                setattr(optimizer, name, exact(getattr(optimizer, name)))
        if hasattr(optimizer, "epsilon"):
            optimizer.epsilon /= scale
    for weight in model.trainable_weights:
        if weight.regularizer is not None:
            weight.regularizer.l2 = exact(weight.regularizer.l2)


def _phases(stack):
    """The weights of each phase of training, in the order of the legacy program's."""
    return [[*one.weights, *other.weights] for one, other in stack.stages]


def _run_legacy(name, initial, inputs, labels, rows, noise, shape, towards=None):
    """Losses of all steps and final weights of each phase of a program.

    With `towards`, numbers are rounded in the direction of that number.
    """
    losses = []
    with Graphs(name, inputs.shape[1], inputs.dtype.name) as graphs:
        graphs.assign(initial)
        if towards is not None:
            graphs.round_otherwise(towards)
        for phase, (session, program) in enumerate(graphs.phases):
            fed = graphs.inputs_of(phase, inputs)
            arrays = [fed] if labels is None else [fed, labels]
            for step, chosen in enumerate(rows):
                feeds = program.feeds([array[chosen] for array in arrays])
                if program.noise is not None:
                    feeds[program.noise] = noise.drawn(step)
                losses.append(np.sum(program.step(session, feeds)))
        return np.reshape(np.array(losses, "float64"), shape), graphs.weights()
