"""Priors of codes in the plane, with components that labels can select."""

import math

import keras
from keras import ops

from tfae.arguments import check_integers, check_positive
from tfae.priors.distributions import Prior, uniform
from tfae.types import ArrayLike, Config, TensorLike


class OfComponents(Prior):
    """Codes in the plane, from components with equal shares."""

    def __init__(self, components: int, noise_dim: int, **kwargs) -> None:
        check_integers(2, components=components)
        super().__init__(2, noise_dim, **kwargs)
        self.components = int(components)

    def component(self, share, labels: ArrayLike | None):
        """Indices of components: from the labels, or by shares for labels of -1."""
        drawn = ops.minimum(ops.floor(share * self.components), self.components - 1)
        if labels is not None:
            labels = ops.cast(ops.reshape(labels, (-1,)), drawn.dtype)
            drawn = ops.where(labels < 0, drawn, labels)
        return drawn

    def get_config(self) -> Config:
        config = {**super().get_config(), "components": self.components}
        return {name: one for name, one in config.items() if name != "latent_dim"}


@keras.saving.register_keras_serializable(package="tfae")
class GaussianRing(OfComponents):
    """A mixture of Gaussians in the plane, at equal angles around the origin.

    Each is elongated along its radius.

    Reference:
        Makhzani et al., "Adversarial Autoencoders", 2016, section 2.3 and figure 4.

    Args:
        components: Integer > 1, number of Gaussians.
        radius: Float > 0, distance of their means from the origin.
        along, across: Floats > 0, standard deviations.
        **kwargs: `name` and `dtype`, as for `keras.layers.Layer`.

    Raises:
        ValueError: If an argument is outside its range.

    Example:
    >>> ring = tfae.priors.GaussianRing(4)
    >>> np.round(ring(np.zeros((4, 3)), labels=[0, 1, 2, 3]), 1) + 0.0
    array([[ 1.4,  0. ],
           [ 0. ,  1.4],
           [-1.4,  0. ],
           [ 0. , -1.4]], dtype=float32)
    """

    def __init__(
        self,
        components: int = 10,
        radius: float = 1.4,
        along: float = 0.5,
        across: float = 0.05,
        **kwargs,
    ) -> None:
        check_positive(radius=radius, along=along, across=across)
        super().__init__(components, 3, **kwargs)
        self.radius, self.along, self.across = radius, along, across

    def call(self, noise: TensorLike, labels: ArrayLike | None = None):
        component = self.component(uniform(noise[:, 0]), labels)
        angle = 2 * math.pi * component / self.components
        along = self.radius + self.along * noise[:, 1]
        across = self.across * noise[:, 2]
        return _turned(along, across, angle)

    def get_config(self) -> Config:
        widths = {"along": self.along, "across": self.across}
        return {**super().get_config(), "radius": self.radius, **widths}


@keras.saving.register_keras_serializable(package="tfae")
class SwissRoll(OfComponents):
    """A spiral in the plane, with components in order from the origin.

    Reference:
        Makhzani et al., "Adversarial Autoencoders", 2016, section 2.3 and figure 4.

    Args:
        components: Integer > 1, number of segments for labels.
        radius: Float > 0, distance of the outer end from the origin.
        turns: Float > 0, turns around the origin.
        **kwargs: `name` and `dtype`, as for `keras.layers.Layer`.

    Raises:
        ValueError: If an argument is outside its range.

    Example:
    >>> prior = tfae.priors.SwissRoll(components=10)
    >>> inner, outer = prior(np.zeros((2, 2)), labels=[0, 9]).numpy()
    >>> bool(np.linalg.norm(inner) < np.linalg.norm(outer))
    True
    """

    def __init__(
        self, components: int = 10, radius: float = 3.0, turns: float = 2.0, **kwargs
    ) -> None:
        check_positive(radius=radius, turns=turns)
        super().__init__(components, 2, **kwargs)
        self.radius, self.turns = radius, turns

    def call(self, noise: TensorLike, labels: ArrayLike | None = None):
        component = self.component(uniform(noise[:, 0]), labels)
        # The root makes the density along the spiral nearly uniform.
        share = ops.sqrt((component + uniform(noise[:, 1])) / self.components)
        return _turned(self.radius * share, 0.0, 2 * math.pi * self.turns * share)

    def get_config(self) -> Config:
        return {**super().get_config(), "radius": self.radius, "turns": self.turns}


def _turned(along, across, angle):
    cosine, sine = ops.cos(angle), ops.sin(angle)
    turned = along * cosine - across * sine, along * sine + across * cosine
    return ops.stack(turned, axis=-1)
