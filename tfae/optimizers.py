"""Variants of Keras optimizers."""

from collections.abc import Sequence
from typing import Any

import keras

from tfae.types import Initializer


@keras.saving.register_keras_serializable(package="tfae")
class TF1RMSprop(keras.optimizers.RMSprop):
    """RMSProp as TF1's `tf.train.RMSPropOptimizer`, with mean squares starting at 1.

    With v ← ρ v + (1 − ρ) g² a weight changes by −η g / √(v + ε). Keras starts at v =
    0, so that the first step of each weight has length η/√(1 − ρ), even for a small
    gradient; here it is about η g, as in gradient descent, and grows as the initial 1
    decays. In both, ε is under the root; TF1's is 1e-10, Keras' 1e-7.

    Args:
        learning_rate: Float η, or a schedule. Defaults to 0.001.
        rho: Float ρ. TF1 calls it `decay`.
        momentum: Float. Defaults to 0.
        epsilon: Float ε. Defaults to 1e-10.
        **kwargs: As for `keras.optimizers.RMSprop`.

    Raises:
        ValueError: If there is an argument `decay`.

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
        if "decay" in kwargs:  # Keras would ignore it
            raise ValueError(
                "`decay` of TF1's RMSPropOptimizer is `rho` here. Received: "
                f"decay={kwargs['decay']}"
            )
        super().__init__(learning_rate, rho, momentum, epsilon, **kwargs)

    def add_optimizer_variables(
        self,
        trainable_variables: Sequence[Any],
        name: str,
        initializer: Initializer = "zeros",
    ):
        """Variables of a name, one for each weight; mean squares start at 1."""
        # By initializer: assigning ones in `build` would repeat at each traced step.
        if name == "velocity":
            initializer = "ones"
        return super().add_optimizer_variables(trainable_variables, name, initializer)
