"""Optimizers that differ from those of Keras."""

from collections.abc import Sequence
from typing import Any

import keras

from tfae.types import Initializer


@keras.saving.register_keras_serializable(package="tfae")
class TF1RMSprop(keras.optimizers.RMSprop):
    """RMSProp as TF1's `tf.train.RMSPropOptimizer`, whose mean squares begin at one.

    With v ← ρ v + (1 − ρ) g² a weight moves by −η g / √(v + ε). Keras begins at v = 0,
    so that the first step of each weight has a length of about η/√(1 − ρ), however
    small its gradient. Here it is about η g, as in plain gradient descent, and grows as
    the initial 1 decays. Both have ε under the root: 1e-10 in TF1, 1e-7 in Keras.

    Args:
        learning_rate: Float η, or a schedule. Defaults to 0.001.
        rho: Float ρ. TF1 calls it `decay`.
        momentum: Float. Defaults to 0.
        epsilon: Float ε. Defaults to 1e-10.
        **kwargs: As for `keras.optimizers.RMSprop`.

    Example:
    >>> model = tfae.StackedAutoencoder(64, [32, 8])
    >>> model.compile(tfae.optimizers.TF1RMSprop(0.01), loss="mse")
    """

    def __init__(
        self,
        learning_rate: float = 0.001,
        rho: float = 0.9,
        momentum: float = 0.0,
        epsilon: float = 1e-10,
        **kwargs,
    ) -> None:
        super().__init__(learning_rate, rho, momentum, epsilon, **kwargs)

    def add_optimizer_variables(
        self,
        trainable_variables: Sequence[Any],
        name: str,
        initializer: Initializer = "zeros",
    ):
        """Variables of a name, one for each weight; mean squares begin at one."""
        # Set by an initializer: an assignment in `build` would be repeated in each
        # traced step.
        if name == "velocity":
            initializer = "ones"
        return super().add_optimizer_variables(trainable_variables, name, initializer)
