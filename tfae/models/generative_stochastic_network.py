"""The generative stochastic network."""

import keras
import tensorflow as tf
from keras import ops

from tfae import networks
from tfae.arguments import check_integers, check_shares, check_weights
from tfae.layers import TiedDense
from tfae.layers.sampling import standard_normal
from tfae.models.autoencoder import Autoencoder
from tfae.models.checks import check_built
from tfae.models.randomness import evaluation_noise
from tfae.models.signatures import Signature
from tfae.priors import uniform
from tfae.reporting import pictures
from tfae.types import Config, Layer, Tensor, TensorLike

# Steps of the exported chain.
SERVED_STEPS = 10


@keras.saving.register_keras_serializable(package="tfae")
class GenerativeStochasticNetwork(Autoencoder):
    """A Markov chain whose steps corrupt and reconstruct their inputs.

    The chain x → x̃ ~ C(x̃ | x) → h → x′ ~ P(x | h) has a stationary distribution that
    estimates that of the data. With several hidden layers, each layer is computed from
    both its neighbours, first the odd layers, then the even ones and x:

        h_l = tanh(h_{l−1} W_l + b_l + h_{l+1} W_{l+1}ᵀ + c_l),

    with noise σ ε before and σ ε′ after the activation of the last one.

    Training is by walkback: it runs `steps` steps of the chain from each example and
    compares the reconstruction at each step with the example itself, so that the chain
    learns to return to the data. The only term, `reconstruction`, is the mean of these
    losses. Encoding and decoding are those of a stack without noise.

    Reference:
        Bengio et al., "Deep Generative Stochastic Networks Trainable by Backprop", ICML
        2014, section 3; algorithm 1 of Bengio et al., "Generalized Denoising
        Auto-Encoders as Generative Models", NIPS 2013, for walkback.

    Args:
        encoder: Keras model of dense layers, as `tfae.networks.dense` makes it with
            `tie_weights=True`.
        decoder: Keras model of `TiedDense` layers of these, which ends with a sigmoid.
        steps: Positive integer, chain steps in training. Defaults to twice the number
            of hidden layers.
        corruption: Float in [0, 1), probability that a feature becomes 0 or 1, with
            equal probability, before a step.
        hidden_noise: Float σ >= 0, standard deviation of the noise before and after the
            activation of the last hidden layer.
        **kwargs: As for `tfae.Autoencoder`.

    Call arguments:
        inputs: Tensor of shape `(batch, features)`, in [0, 1].
        training: Boolean, without effect.

    Returns:
        The reconstruction, a tensor of the shape of `inputs`.

    Raises:
        ValueError: If an argument is outside its range, or the networks are of another
            kind.

    Example:
    >>> networks = tfae.networks.dense(64, [32], "tanh", tie_weights=True)
    >>> model = tfae.GenerativeStochasticNetwork(*networks)
    >>> model.compile("adam", tfae.losses.SummedBinaryCrossentropy())
    >>> history = model.fit(np.random.rand(100, 64), epochs=2, verbose=0)
    >>> model.sample(5, burn_in=10, seed=1).shape
    TensorShape([5, 64])
    """

    reports = {
        **Autoencoder.reports,
        "samples": pictures.samples,
        "chain": pictures.chain,
    }

    def __init__(
        self,
        encoder: Layer,
        decoder: Layer,
        steps: int | None = None,
        corruption: Layer = 0.4,
        hidden_noise: float = 2.0,
        **kwargs,
    ) -> None:
        super().__init__(encoder, decoder, **kwargs)
        check_shares(corruption=corruption)
        check_weights(hidden_noise=hidden_noise)
        self._up, down = (networks.dense_layers(net) for net in (encoder, decoder))
        self._down = down[::-1]
        tied = len(self._up) == len(down) and all(
            isinstance(layer, TiedDense) and layer.tied_to is above
            for layer, above in zip(self._down, self._up, strict=True)
        )
        if not tied or networks.output_activation(decoder) != "sigmoid":
            raise ValueError(
                "A generative stochastic network has dense layers, each with a "
                "TiedDense of it in the decoder, which ends with a sigmoid. Received: "
                f"{encoder.name!r} and {decoder.name!r}. Use tfae.networks.dense with "
                "tie_weights=True."
            )
        if steps is None:
            steps = 2 * len(self._up)
        check_integers(steps=steps)
        self.steps, self.corruption = int(steps), corruption
        self.hidden_noise = hidden_noise
        self.seed_generator = keras.random.SeedGenerator()
        self._walking = tf.function(self._walk, reduce_retracing=True)

    @property
    def noise_dim(self) -> int:
        """Number of random numbers of a step of the chain."""
        return 2 * self.example_shape[-1] + 2 * self.code_shape[-1]

    def noise(self, rows):
        """Draws from N(0, I) for a step of `rows` chains, `(rows, noise_dim)`."""
        return standard_normal((rows, self.noise_dim), self.seed_generator.next())

    def begin(self, inputs):
        """The state of a chain that starts at `inputs`, with all hidden units at 0."""
        rows = ops.shape(inputs)[0]
        hidden = [ops.zeros((rows, layer.units), inputs.dtype) for layer in self._up]
        return [inputs, *hidden]

    def step(self, state, noise):
        """A step of the chain.

        Args:
            state: List of the visible units and the units of each hidden layer, `(rows,
                …)`.
            noise: Tensor of shape `(rows, noise_dim)`, drawn by `noise`.

        Returns:
            Pair of the means of the visible units, `(rows, features)`, and of the state
            after the step, whose visible units are drawn.
        """
        inputs, *hidden = state
        features, units = self.example_shape[-1], self.code_shape[-1]
        places = [features, 2 * features, 2 * features + units]
        noise = ops.split(ops.cast(noise, inputs.dtype), places, axis=-1)
        level, chance = (uniform(part) for part in noise[:2])
        extremes = ops.cast(level < self.corruption / 2, inputs.dtype)
        corrupted = ops.where(level < self.corruption, extremes, inputs)
        values, last = [corrupted, *hidden], len(self._up)
        for odd in (1, 0):
            for index in range(2 - odd, last + 1, 2):
                up = self._up[index - 1]
                given = ops.matmul(values[index - 1], networks.kernel_of(up)) + up.bias
                if index < last:
                    down = self._down[index]
                    kernel = networks.kernel_of(down)
                    given += ops.matmul(values[index + 1], kernel) + down.bias
                before, after = noise[2:] if index == last else (0.0, 0.0)
                given += self.hidden_noise * before
                values[index] = up.activation(given) + self.hidden_noise * after
        means = ops.cast(self._down[0](values[1]), inputs.dtype)
        drawn = chance < means
        return means, [ops.cast(drawn, inputs.dtype), *values[1:]]

    def sample(
        self, count: int, steps: int = 10, burn_in: int = 100, seed: int | None = None
    ) -> Tensor:
        """Draws `count` examples from one chain, which starts at the code zero.

        Args:
            count: Positive integer.
            steps: Positive integer, chain steps between two examples.
            burn_in: Integer >= 0, steps before the first example.
            seed: Integer for reproducible draws, or `None` for new draws at each call.

        Returns:
            Tensor of shape `(count, features)`: means of the visible units.
        """
        check_integers(count=count, steps=steps)
        check_integers(0, burn_in=burn_in)
        check_built(self)
        with self.seeded(seed):
            start = self.decode(ops.zeros((1, *self.code_shape)))
            start = ops.cast(start, keras.config.floatx())
            return self._walking(start, count, steps, burn_in)

    def prepare(self, data):
        batch = super().prepare(data)
        rows = ops.shape(batch.inputs)[0]
        return batch.with_drawn(noise=[self.noise(rows) for _ in range(self.steps)])

    def loss_terms(self, inputs, targets, training, sample_weight=None, noise=None):
        if not training:
            return super().loss_terms(inputs, targets, training, sample_weight)
        state, costs, first = self.begin(inputs), [], None
        for one in noise:
            means, state = self.step(state, one)
            costs.append(self.reconstruction_loss(targets, means, sample_weight))
            first = means if first is None else first
        return first, {"reconstruction": sum(costs) / len(costs)}

    def _walk(self, start, count, steps, burn_in):
        """Means of the visible units of a chain, `(count, features)`."""

        def go(times, means, state):
            def one(_, found):
                return self.step(found[1], self.noise(1))

            return ops.fori_loop(0, times, one, (means, state))

        found = go(burn_in, start, self.begin(start))
        means = tf.TensorArray(start.dtype, count, element_shape=start.shape)

        def one(index, found):
            means, *found = found
            last, state = go(steps, *found)
            return means.write(index, last), last, state

        return ops.fori_loop(0, count, one, (means, *found))[0].concat()

    def serving_signatures(self) -> Config:
        def sample(inputs, noise):
            state = self.begin(inputs)
            for index in range(SERVED_STEPS):
                means, state = self.step(state, noise[:, index])
            return {"samples": means, "states": state[0]}

        shapes = {"inputs": self.example_shape}
        shapes["noise"] = (SERVED_STEPS, self.noise_dim)
        return {**super().serving_signatures(), "sample": Signature(sample, shapes)}

    def serving_examples(self, inputs: TensorLike) -> Config:
        noise = evaluation_noise((len(inputs), SERVED_STEPS, self.noise_dim))
        return {**super().serving_examples(inputs), "noise": noise}

    def get_config(self) -> Config:
        return {
            **super().get_config(),
            "steps": self.steps,
            "corruption": self.corruption,
            "hidden_noise": self.hidden_noise,
        }
