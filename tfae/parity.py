"""A legacy graph and its Keras twin from the same weights on the same batches."""

import contextlib
import dataclasses
import importlib
from typing import NamedTuple

import keras
import numpy as np
import tensorflow as tf

from tfae import building, fine_tuning, recipes
from tfae.pretraining import GreedyPretraining
from tfae.twins import TWINS


class Parity(NamedTuple):
    """What both sides computed.

    Attributes:
        legacy_losses: Loss of each step of the graph, before its update; of a program
            of two phases, of the first and then of the second.
        keras_losses: The same of the twin, in the legacy program's units.
        weight_difference: Largest absolute difference of any weight at the end.
    """

    legacy_losses: np.ndarray
    keras_losses: np.ndarray
    weight_difference: float

    @property
    def loss_difference(self):
        """Largest difference of two losses of a step, relative to the legacy one."""
        difference = np.abs(self.keras_losses - self.legacy_losses)
        return float(np.max(difference / np.abs(self.legacy_losses)))


def compare(program, batches, labels=None, seed=0, dtype="float64"):
    """Trains both sides on the same batches from the same weights.

    Noise is drawn once and fed to both. Each phase of a program that has two goes
    through all batches.

    Args:
        program: Name of a module of `legacy_tf1_ports` that `TWINS` lists.
        batches: Array of shape `(steps, batch_size, features)`, values in [0, 1].
        labels: Array of integers `(steps, batch_size)`, which classifiers need.
        seed: Integer, seed of the initial weights and of the noise.
        dtype: `"float64"`, where only the algebra counts, or `"float32"`.

    Returns:
        A `Parity`.
    """
    if program not in TWINS:
        raise ValueError(
            f"There is no legacy program {program!r}. Programs: {', '.join(TWINS)}"
        )
    batches = np.asarray(batches, dtype)
    features = batches.shape[-1]
    twin = TWINS[program]
    if bool(twin.classes) != (labels is not None):
        raise ValueError(
            f"{program} takes {'labels' if twin.classes else 'no labels'}. Received: "
            f"labels={'None' if labels is None else 'some'}"
        )
    scale = twin.summed * batches.shape[1] or 1.0
    recipe = building.override(recipes.get(twin.recipe), twin.settings)
    fed = batches if labels is None else (batches, labels)
    with _floatx(dtype):
        keras.utils.set_random_seed(seed)
        noise = _Noise(recipe, batches, np.random.default_rng(seed))
        model = building.build(noise.recipe, (features,))
        noise.enter(model)
        if twin.classes:
            model = fine_tuning.classifier(model, twin.classes, **twin.head)
        building.compile_model(model, noise.recipe)
        _match(model, scale, dtype)
        phased = recipe.pretraining and not twin.classes
        stages = _stages(model) if phased else [building.weights(model)]
        initial = [[np.array(one) for one in weights] for weights in stages]
        recorder = _Recorder(noise, twin.one_optimizer)
        model.fit(
            tf.data.Dataset.from_tensor_slices(fed),
            epochs=len(stages),
            shuffle=False,
            callbacks=[GreedyPretraining(1), recorder] if stages[1:] else [recorder],
            verbose=0,
        )
        final = [[np.array(one) for one in weights] for weights in stages]
    legacy_losses, legacy_final = _run_legacy(
        program, initial, batches, labels, noise.drawn
    )
    return Parity(
        np.array(legacy_losses, "float64"),
        scale * (np.array(recorder.losses, "float64") - features * twin.constant),
        max(
            float(np.abs(ours - theirs).max())
            for pair in zip(final, legacy_final, strict=True)
            for ours, theirs in zip(*pair, strict=True)
        ),
    )


class _Noise:
    """Draws for each step, in the place of those that a recipe's model makes.

    Attributes:
        recipe: The recipe, with a corruption that is fed.
        drawn: Array of the draws, `(steps, ...)`, or `None` where there are none.
    """

    def __init__(self, recipe, batches, generator):
        self.recipe = dataclasses.replace(recipe, jit_compile=False)
        self.drawn = self._variable = None
        corruption = recipe.arguments.get("corruption")
        if corruption is not None:
            config = corruption["config"]
            added = "stddev" in config
            if added:
                shape = batches.shape
                if corruption["class_name"] == "SharedGaussianNoise":
                    shape = (len(batches), batches.shape[-1])
                drawn = config["stddev"] * generator.standard_normal(shape)
            else:
                drawn = generator.random(batches.shape) >= config["rate"]
            self._draw(drawn, batches.dtype)
            kept = 1 - config.get("rate", 0)
            layer = keras.layers.Lambda(
                (lambda inputs: inputs + self._variable)
                if added
                else (lambda inputs: inputs / kept * self._variable)
            )
            self.recipe = building.override(self.recipe, {"corruption": layer})
        elif recipe.network == "variational":
            codes = recipe.network_arguments["latent_dim"]
            shape = (*batches.shape[:-1], codes)
            self._draw(generator.standard_normal(shape), batches.dtype)

    def enter(self, model):
        """Has the codes of `model` drawn from here."""
        if not hasattr(model, "sampling"):
            return

        def draw(shape, seed):
            return self._variable

        if self.recipe.network_arguments.get("scale") == "deviation":
            # The program draws σ ε with σ of either sign, where the twin has √σ² ε.
            head = model.encoder.get_layer("log_variance")
            log_square, seen = head.activation, []

            def activation(deviation):
                seen.append(deviation)
                return log_square(deviation)

            head.activation = activation

            def draw(shape, seed):
                width = keras.ops.exp(log_square(seen[-1]) / 2)
                return self._variable * seen[-1] / width

        model.sampling.draw = draw

    def step(self, index):
        """Makes the draws those of step `index`."""
        if self.drawn is not None:
            self._variable.assign(self.drawn[index])

    def _draw(self, drawn, dtype):
        self.drawn = drawn.astype(dtype)
        self._variable = tf.Variable(self.drawn[0])


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
        self._noise.step(batch)

    def on_train_batch_end(self, batch, logs=None):
        self.losses.append(logs["loss"])
        self.model.reset_metrics()  # or the next one is a mean with this


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


def _stages(stack):
    """The weights of each phase of training, in the order of the legacy program's."""
    return [[*one.weights, *other.weights] for one, other in stack.layer_pairs]


def _run_legacy(name, initial, batches, labels, noise):
    """Losses of all steps and final weights of each phase of a program."""
    from legacy_tf1_ports import _graph

    module = importlib.import_module(f"legacy_tf1_ports.{name}")
    losses, final, weights = [], [], iter(initial)
    for build in getattr(module, "GRAPHS", (module.build,)):
        with _graph.session() as session:
            programs = build(batches.shape[-1], tf.as_dtype(batches.dtype))
            programs = programs if isinstance(programs, list) else [programs]
            session.run(tf.compat.v1.global_variables_initializer())
            for program in programs:
                _graph.assign(session, program.variables, next(weights))
            previous = None
            for program in programs:
                if previous is not None and program.inputs is previous.codes:
                    batches = _codes(session, previous, batches)
                for step, batch in enumerate(batches):
                    feeds = {program.inputs: batch}
                    if noise is not None:
                        feeds[program.noise] = noise[step]
                    if labels is not None:
                        feeds[program.targets] = labels[step]
                    fetched = [program.loss, program.train_op]
                    losses.append(np.sum(session.run(fetched, feeds)[0]))
                previous = program
            final += [session.run(program.variables) for program in programs]
            if previous.codes is not None:
                batches = _codes(session, previous, batches)
    return losses, final


def _codes(session, program, batches):
    return np.stack(
        [session.run(program.codes, {program.inputs: batch}) for batch in batches]
    )


@contextlib.contextmanager
def _floatx(dtype):
    before = keras.config.floatx(), keras.config.dtype_policy()
    keras.config.set_floatx(dtype)
    keras.config.set_dtype_policy(dtype)
    try:
        yield
    finally:
        keras.config.set_floatx(before[0])
        keras.config.set_dtype_policy(before[1])
