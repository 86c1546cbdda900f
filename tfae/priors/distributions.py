"""Prior distributions of codes, each a function of Gaussian noise."""

import math

import keras
from keras import ops

from tfae.arguments import check_integers, check_positive, is_real


class Prior(keras.layers.Layer):
    """A distribution of codes, drawn as a function of draws of N(0, I).

    A subclass sets its sizes and overrides `call`, which gets noise of shape
    `(batch, noise_dim)` and the label of the component that each code is to come from,
    or -1 for any, `(batch,)`; `None` stands for labels of -1.

    Attributes:
        latent_dim: Integer, size of a code.
        noise_dim: Integer, numbers that a code is drawn by.
        components: Integer, number of components that labels can ask for, or `None`.
    """

    components = None

    def __init__(self, latent_dim, noise_dim=None, **kwargs):
        super().__init__(**{"dtype": keras.config.floatx(), **kwargs})
        noise_dim = latent_dim if noise_dim is None else noise_dim
        check_integers(latent_dim=latent_dim, noise_dim=noise_dim)
        self.latent_dim, self.noise_dim = int(latent_dim), int(noise_dim)

    def get_config(self):
        return {**super().get_config(), "latent_dim": self.latent_dim}


@keras.saving.register_keras_serializable(package="tfae", name="GaussianPrior")
class Gaussian(Prior):
    """N(0, I).

    Args:
        latent_dim: Positive integer, size of a code.
        **kwargs: `name` and `dtype`, as for `keras.layers.Layer`.

    Example:
    >>> prior = tfae.priors.Gaussian(2)
    >>> prior(keras.random.normal((5, prior.noise_dim))).shape
    TensorShape([5, 2])
    """

    def call(self, noise, labels=None):
        return noise


@keras.saving.register_keras_serializable(package="tfae", name="UniformPrior")
class Uniform(Prior):
    """Independent codes, each uniform between two values.

    Args:
        latent_dim: Positive integer, size of a code.
        low, high: Floats, lowest and highest value.
        **kwargs: `name` and `dtype`, as for `keras.layers.Layer`.

    Raises:
        ValueError: If `low` is not less than `high`.

    Example:
    >>> prior = tfae.priors.Uniform(2, low=0.0, high=1.0)
    >>> prior(np.zeros((1, 2))).numpy().tolist()
    [[0.5, 0.5]]
    """

    def __init__(self, latent_dim, low=-1.0, high=1.0, **kwargs):
        super().__init__(latent_dim, **kwargs)
        if not (is_real(low) and is_real(high) and low < high):
            raise ValueError(
                f"`low` must be a number less than `high`. Received: {low=}, {high=}"
            )
        self.low, self.high = low, high

    def call(self, noise, labels=None):
        return self.low + (self.high - self.low) * uniform(noise)

    def get_config(self):
        return {**super().get_config(), "low": self.low, "high": self.high}


class OfComponents(Prior):
    """Codes in the plane, of components in equal shares."""

    def __init__(self, components, noise_dim, **kwargs):
        check_integers(2, components=components)
        super().__init__(2, noise_dim, **kwargs)
        self.components = int(components)

    def component(self, share, labels):
        """Components, integers: those of the labels, or where they are -1 by shares."""
        drawn = ops.minimum(ops.floor(share * self.components), self.components - 1)
        if labels is not None:
            labels = ops.cast(ops.reshape(labels, (-1,)), drawn.dtype)
            drawn = ops.where(labels < 0, drawn, labels)
        return drawn

    def get_config(self):
        config = {**super().get_config(), "components": self.components}
        return {name: one for name, one in config.items() if name != "latent_dim"}


@keras.saving.register_keras_serializable(package="tfae")
class GaussianRing(OfComponents):
    """A mixture of Gaussians in the plane, at equal angles around the origin.

    Each is long along its radius and narrow across.

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

    def __init__(self, components=10, radius=1.4, along=0.5, across=0.05, **kwargs):
        check_positive(radius=radius, along=along, across=across)
        super().__init__(components, 3, **kwargs)
        self.radius, self.along, self.across = radius, along, across

    def call(self, noise, labels=None):
        component = self.component(uniform(noise[:, 0]), labels)
        angle = 2 * math.pi * component / self.components
        along = self.radius + self.along * noise[:, 1]
        across = self.across * noise[:, 2]
        return _turned(along, across, angle)

    def get_config(self):
        widths = {"along": self.along, "across": self.across}
        return {**super().get_config(), "radius": self.radius, **widths}


@keras.saving.register_keras_serializable(package="tfae")
class SwissRoll(OfComponents):
    """A spiral in the plane, whose components follow one another from the origin.

    Reference:
        Makhzani et al., "Adversarial Autoencoders", 2016, section 2.3 and figure 4.

    Args:
        components: Integer > 1, number of parts that labels stand for.
        radius: Float > 0, distance of the outer end from the origin.
        turns: Float > 0, turns around it.
        **kwargs: `name` and `dtype`, as for `keras.layers.Layer`.

    Raises:
        ValueError: If an argument is outside its range.

    Example:
    >>> prior = tfae.priors.SwissRoll(components=10)
    >>> inner, outer = prior(np.zeros((2, 2)), labels=[0, 9]).numpy()
    >>> bool(np.linalg.norm(inner) < np.linalg.norm(outer))
    True
    """

    def __init__(self, components=10, radius=3.0, turns=2.0, **kwargs):
        check_positive(radius=radius, turns=turns)
        super().__init__(components, 2, **kwargs)
        self.radius, self.turns = radius, turns

    def call(self, noise, labels=None):
        component = self.component(uniform(noise[:, 0]), labels)
        # Of the root the density along the spiral is nearly the same everywhere.
        share = ops.sqrt((component + uniform(noise[:, 1])) / self.components)
        return _turned(self.radius * share, 0.0, 2 * math.pi * self.turns * share)

    def get_config(self):
        return {**super().get_config(), "radius": self.radius, "turns": self.turns}


@keras.saving.register_keras_serializable(package="tfae")
class Sampler(Prior):
    """Any function of Gaussian noise.

    Args:
        function: Function of a tensor `(batch, noise_dim)` that returns codes of shape
            `(batch, latent_dim)`. To be saved, it must be registered by
            `keras.saving.register_keras_serializable`.
        latent_dim: Positive integer, size of a code.
        noise_dim: Positive integer. Defaults to `latent_dim`.
        **kwargs: `name` and `dtype`, as for `keras.layers.Layer`.

    Example:
    >>> @keras.saving.register_keras_serializable()
    ... def circle(noise):
    ...     return noise / keras.ops.norm(noise, axis=-1, keepdims=True)
    >>> prior = tfae.priors.Sampler(circle, latent_dim=2)
    >>> prior(np.array([[3.0, 4.0]])).numpy().round(1)
    array([[0.6, 0.8]], dtype=float32)
    """

    def __init__(self, function, latent_dim, noise_dim=None, **kwargs):
        super().__init__(latent_dim, noise_dim, **kwargs)
        if not callable(function):
            function = keras.saving.deserialize_keras_object(function)
        self.function = function

    def call(self, noise, labels=None):
        return self.function(noise)

    def get_config(self):
        function = keras.saving.serialize_keras_object(self.function)
        own = {"function": function, "noise_dim": self.noise_dim}
        return {**super().get_config(), **own}


def uniform(noise):
    """Uniform draws in [0, 1] by draws of N(0, 1)."""
    return (1 + ops.erf(noise / math.sqrt(2))) / 2


def _turned(along, across, angle):
    cosine, sine = ops.cos(angle), ops.sin(angle)
    turned = along * cosine - across * sine, along * sine + across * cosine
    return ops.stack(turned, axis=-1)
