"""Likelihoods: distributions of the data given a decoder's outputs."""

import math

import keras
from keras import ops

from tfae import losses
from tfae.arguments import check_integers, check_positive, is_real
from tfae.types import Config, Shape, Tensor, TensorLike


class Likelihood(keras.layers.Layer):
    """A distribution p(x | z) of independent features, from the decoder's outputs.

    Called on these outputs, the parameters, it returns the mean of x.

    Attributes:
        bounds: Lowest and highest value that x may have, or `None`.
        activations: Names of the allowed output activations of a decoder, or `None` for
            any.

    Example:
    >>> class Laplace(tfae.likelihoods.Likelihood):
    ...     def log_densities(self, targets, parameters):
    ...         return -keras.ops.abs(targets - parameters) - np.log(2)
    >>> networks = tfae.networks.variational(64, [32], latent_dim=2)
    >>> model = tfae.VariationalAutoencoder(*networks, likelihood=Laplace())
    """

    bounds = None
    activations = ("linear",)

    def parameter_shape(self, example_shape: Shape) -> Shape:
        """Shape of the parameters of one example of `example_shape`."""
        return tuple(example_shape)

    def check(self, values: TensorLike):
        """Raises `ValueError` if an array holds values that x cannot have."""
        if not self.bounds or not values.size:
            return
        low, high = values.min(), values.max()
        if low < self.bounds[0] or high > self.bounds[1]:
            raise ValueError(
                f"The {type(self).__name__} likelihood is defined for values in "
                f"{list(self.bounds)}. Received: values from {low:g} to {high:g}. "
                'Scale the data, or use likelihood="gaussian".'
            )

    def log_densities(self, targets: TensorLike, parameters: TensorLike) -> Tensor:
        """Log p(x_d | z) in nats of each feature, in the shape of `targets`."""
        raise NotImplementedError

    def log_likelihood(self, targets: TensorLike, parameters: TensorLike) -> Tensor:
        """Log p(x | z) in nats, summed over features: `(batch,)`."""
        return losses.sum_over_features(self.log_densities(targets, parameters))

    def compute_output_shape(self, input_shape: Shape):
        return input_shape

    def call(self, parameters: TensorLike):
        return parameters


@keras.saving.register_keras_serializable(package="tfae")
class Bernoulli(Likelihood):
    """Features in [0, 1], each 1 with probability p: Σ_d x log p + (1 − x) log(1 − p).

    For values between 0 and 1 it is the cross-entropy, which is not a density.

    Args:
        from_logits: Boolean, whether the decoder returns log p/(1 − p), which is
            numerically stable, or p itself, clipped a rounding error away from 0 and 1.
        epsilon: Float > 0 that is added to p and to 1 − p in the logarithms instead,
            such as 1e-10 of many TF1 scripts, or `None`. Not with logits.
        **kwargs: `name` and `dtype`, as for `keras.layers.Layer`.

    Raises:
        ValueError: If `epsilon` is not positive, or given with logits.

    Example:
    >>> targets, logits = np.ones((1, 2)), np.zeros((1, 2))
    >>> found = tfae.likelihoods.Bernoulli().log_likelihood(targets, logits)
    >>> round(float(found[0]), 4)
    -1.3863
    """

    bounds = (0, 1)

    def __init__(
        self, from_logits: bool = True, epsilon: float | None = None, **kwargs
    ) -> None:
        super().__init__(**kwargs)
        if epsilon is not None:
            check_positive(epsilon=epsilon)
            if from_logits:
                raise ValueError(
                    "`epsilon` keeps logarithms of probabilities finite, and logits "
                    f"need none. Received: epsilon={epsilon} with from_logits=True. "
                    "Leave it out, or use from_logits=False."
                )
        self.from_logits, self.epsilon = from_logits, epsilon
        self.activations = ("linear",) if from_logits else ("sigmoid",)

    def call(self, parameters: TensorLike):
        return ops.sigmoid(parameters) if self.from_logits else parameters

    def log_densities(self, targets: TensorLike, parameters: TensorLike) -> Tensor:
        if self.epsilon is not None:
            fit = targets * ops.log(self.epsilon + parameters)
            # Adding it to 1 would have no effect in single precision.
            return fit + (1 - targets) * ops.log(self.epsilon + (1 - parameters))
        return -ops.binary_crossentropy(
            targets, parameters, from_logits=self.from_logits
        )

    def get_config(self) -> Config:
        own = {"from_logits": self.from_logits, "epsilon": self.epsilon}
        return {**super().get_config(), **own}


@keras.saving.register_keras_serializable(package="tfae")
class Gaussian(Likelihood):
    """Features x ~ N(m, σ²): −½ Σ_d [(x − m)²/σ² + log 2πσ²].

    Args:
        variance: Float σ², the same for all features; `"shared"`, the same for all and
            learned; or `"each"`, separate for each feature and example: the decoder
            then returns twice as many values on the last axis, first means, then
            log-variances.
        **kwargs: `name` and `dtype`, as for `keras.layers.Layer`.

    Raises:
        ValueError: If `variance` is anything else.

    Example:
    >>> targets = means = np.ones((1, 2))
    >>> found = tfae.likelihoods.Gaussian().log_likelihood(targets, means)
    >>> round(float(found[0]), 4)
    -1.8379
    """

    def __init__(self, variance: float | str = 1.0, **kwargs) -> None:
        super().__init__(**kwargs)
        number = is_real(variance) and 0 < variance < math.inf
        if not number and variance not in ("shared", "each"):
            raise ValueError(
                '`variance` must be a number > 0, "shared" or "each". '
                f"Received: variance={variance!r}"
            )
        self.variance = variance
        # A mean may be bounded, a log-variance must not.
        self.activations = ("linear",) if variance == "each" else None

    def build(self, input_shape: Shape) -> None:
        if self.variance == "shared":
            self.log_variance = self.add_weight(
                name="log_variance", initializer="zeros"
            )

    def parameter_shape(self, example_shape: Shape) -> Shape:
        times = 2 if self.variance == "each" else 1
        return (*example_shape[:-1], times * example_shape[-1])

    def compute_output_shape(self, input_shape: Shape):
        times = 2 if self.variance == "each" else 1
        return (*input_shape[:-1], input_shape[-1] // times)

    def call(self, parameters: TensorLike):
        return self._split(parameters)[0]

    def log_densities(self, targets: TensorLike, parameters: TensorLike) -> Tensor:
        return losses.gaussian_log_density(targets, *self._split(parameters))

    def _split(self, parameters):
        if self.variance == "each":
            return ops.split(parameters, 2, axis=-1)
        if self.variance == "shared":
            return parameters, ops.cast(self.log_variance, parameters.dtype)
        return parameters, ops.cast(math.log(self.variance), parameters.dtype)

    def get_config(self) -> Config:
        return {**super().get_config(), "variance": self.variance}


@keras.saving.register_keras_serializable(package="tfae")
class Categorical(Likelihood):
    """Features with `levels` equally spaced values in [0, 1], each a softmax.

    The decoder returns `levels` times as many values on the last axis: the logits of
    the first feature, then those of the second, and so on. The mean is over the levels.

    Args:
        levels: Integer > 1, such as 256 for bytes divided by 255.
        **kwargs: `name` and `dtype`, as for `keras.layers.Layer`.

    Raises:
        ValueError: If `levels` is not an integer > 1.

    Example:
    >>> targets, logits = np.ones((1, 1)), np.zeros((1, 4))
    >>> found = tfae.likelihoods.Categorical(4).log_likelihood(targets, logits)
    >>> round(float(found[0]), 4)
    -1.3863
    """

    bounds = (0, 1)

    def __init__(self, levels: int = 256, **kwargs) -> None:
        super().__init__(**kwargs)
        check_integers(2, levels=levels)
        self.levels = levels

    def parameter_shape(self, example_shape: Shape) -> Shape:
        return (*example_shape[:-1], self.levels * example_shape[-1])

    def compute_output_shape(self, input_shape: Shape):
        return (*input_shape[:-1], input_shape[-1] // self.levels)

    def call(self, parameters: TensorLike):
        values = ops.arange(self.levels, dtype=parameters.dtype) / (self.levels - 1)
        return ops.sum(ops.softmax(self._logits(parameters)) * values, axis=-1)

    def log_densities(self, targets: TensorLike, parameters: TensorLike) -> Tensor:
        nearest = ops.cast(ops.round(targets * (self.levels - 1)), "int32")
        return -ops.sparse_categorical_crossentropy(
            nearest, self._logits(parameters), from_logits=True
        )

    def _logits(self, parameters):
        shape = ops.shape(parameters)
        features = shape[-1] // self.levels
        return ops.reshape(parameters, (*shape[:-1], features, self.levels))

    def get_config(self) -> Config:
        return {**super().get_config(), "levels": self.levels}
