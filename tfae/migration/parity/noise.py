"""Common random draws that replace those of both sides."""

import dataclasses

import keras
import numpy as np
import tensorflow as tf

from tfae.models.batch import Batch
from tfae.recipes import building


class Noise:
    """Draws for each step.

    Args:
        recipe: The twin's recipe.
        draws: Additional draws of the program, as in `Twin`.
        shape: Shape of a batch of inputs.
        dtype: Name of the type of the draws.
        seed: Integer.

    Attributes:
        recipe: The recipe, with a fed corruption.
    """

    def __init__(self, recipe, draws, shape, dtype, seed):
        self.recipe = dataclasses.replace(recipe, jit_compile=False)
        self._draws, self._dtype, self._seed = draws, dtype, seed
        self._shape = self._from = self._variable = None
        corruption = recipe.arguments.get("corruption")
        if corruption is not None:
            self._corrupt(corruption["class_name"], shape, **corruption["config"])
        elif recipe.network == "variational":
            codes = recipe.network_arguments["latent_dim"]
            self._feed((shape[0], codes), np.random.Generator.standard_normal)
        elif draws:
            last = recipe.network_arguments["hidden_units"][-1]
            normal, uniform = np.random.Generator.standard_normal, _uniform
            self._feed((shape[0], last), normal if draws == "codes" else uniform)

    def enter(self, model):
        """Replaces the random draws of `model`, if any, by these."""
        if self._draws:
            # Within the step, and not ahead of it.
            model.prepare = lambda data: Batch.of(data).with_drawn(noise=self._drawn())
            return
        if self.recipe.network != "variational":
            return
        # Within the step, and not ahead of it.
        model.prepare = Batch.of
        if self.recipe.network_arguments.get("scale") != "deviation":
            model.sampling.noise = lambda shape: self._variable
            return
        # The program draws σ ε with σ of either sign, but the twin √σ² ε.
        head = model.encoder.get_layer("log_variance")
        log_square, seen = head.activation, []

        def activation(deviation):
            seen.append(deviation)
            return log_square(deviation)

        def noise(shape):
            width = keras.ops.exp(log_square(seen[-1]) / 2)
            return self._variable * seen[-1] / width

        head.activation, model.sampling.noise = activation, noise

    def _drawn(self):
        """The variable in the form that the model needs."""
        # Each step of a Gibbs chain draws hidden units, but not visible ones.
        return [(self._variable, None)] if self._draws == "units" else self._variable

    def drawn(self, step):
        """The draws of step `step`, or `None` if there are none."""
        if self._from is None:
            return None
        generator = np.random.default_rng([self._seed, step])
        return self._from(generator, self._shape).astype(self._dtype)

    def feed(self, step):
        """Feeds the draws of step `step` to the model."""
        if self._from is not None:
            self._variable.assign(self.drawn(step))

    def _corrupt(self, name, shape, **config):
        if name == "Dropout":
            keep = 1 - config["rate"]
            self._feed(shape, lambda generator, size: generator.random(size) < keep)
            corrupt = keras.layers.Lambda(lambda inputs: inputs / keep * self._variable)
        elif name in ("GaussianNoise", "SharedGaussianNoise"):
            shape = shape[-1:] if name == "SharedGaussianNoise" else shape
            self._feed(
                shape,
                lambda generator, size: (
                    config["stddev"] * generator.standard_normal(size)
                ),
            )
            corrupt = keras.layers.Lambda(lambda inputs: inputs + self._variable)
        else:
            raise ValueError(f"There are no draws to feed in place of {name}.")
        self.recipe = building.override(self.recipe, {"corruption": corrupt})

    def _feed(self, shape, draw):
        self._shape, self._from = shape, draw
        self._variable = tf.Variable(self.drawn(0))


def _uniform(generator, shape):
    return generator.random(shape)
