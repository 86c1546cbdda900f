"""The restricted Boltzmann machine, as a tied autoencoder."""

import keras
import tensorflow as tf
from keras import ops

from tfae import losses, networks, types
from tfae.arguments import check_integers
from tfae.layers import TiedDense
from tfae.models import directions, units
from tfae.models.autoencoder import Autoencoder
from tfae.models.checks import check_built
from tfae.models.randomness import evaluation_noise, some_of
from tfae.models.signatures import Signature
from tfae.reporting import pictures

SERVED_STEPS = 10  # of the exported chain


@keras.saving.register_keras_serializable(package="tfae")
class RestrictedBoltzmannMachine(Autoencoder):
    """A model p(v) ∝ exp(−F(v)) of its inputs, with one layer of hidden units.

    The encoder returns the means of the hidden units, p(h = 1 | v) = s(vW + c), and the
    tied decoder those of the visible units, p(v = 1 | h) = s(hWᵀ + b). Units of a
    sigmoid layer are binary, those of a linear layer Gaussian with variance 1. With
    s⁺(a) = log(1 + eᵃ) the free energy of binary units is

        F(v) = −b·v − Σ_j s⁺(v·W_j + c_j);

    Gaussian visible units have ½‖v − b‖² in place of −b·v, and a Gaussian hidden one
    ½ c_j² − ½(v·W_j + c_j)² in place of −s⁺.

    Training minimizes the contrastive divergence: the mean F of the data minus that of
    the ends of Gibbs chains of `steps` steps from the data. Its gradient, with the ends
    fixed, is that of CD-k: −⟨v h⟩ of the data plus ⟨v h⟩ of the chains, whose visible
    units are means. With `chains` they are drawn, and chains continue across batches
    (persistent CD).

    The loss given to `compile` is only reported. The optimizer sets momentum and weight
    decay.

    Reference:
        Hinton, "Training Products of Experts by Minimizing Contrastive Divergence",
        2002; Tieleman, "Training Restricted Boltzmann Machines using Approximations to
        the Likelihood Gradient", ICML 2008, for persistent chains.

    Args:
        encoder: Keras model or layer: one sigmoid or linear dense layer.
        decoder: Keras model or layer: one sigmoid or linear `TiedDense` of that layer.
        steps: Positive integer k, Gibbs steps for a batch.
        chains: Positive integer, number of persistent chains, or `None`.
        **kwargs: `name`, `dtype` and `trainable`, as for `keras.Model`.

    Call arguments:
        inputs: Tensor of shape `(batch, features)`, in [0, 1] for binary units.
        training: Boolean, without effect.

    Returns:
        The reconstruction, a tensor of shape `(batch, features)`.

    Raises:
        ValueError: If an argument is outside its range or a network is of another kind.

    Example:
    >>> networks = tfae.networks.dense(64, [32], "sigmoid", tie_weights=True)
    >>> model = tfae.RestrictedBoltzmannMachine(*networks)
    >>> model.compile(keras.optimizers.SGD(0.1, momentum=0.5), loss="mse")
    """

    term_names = ("divergence",)
    reports = {**Autoencoder.reports, "samples": pictures.samples}

    def __init__(
        self, encoder: types.Layer, decoder: types.Layer, steps=1, chains=None, **kwargs
    ) -> None:
        super().__init__(encoder, decoder, **kwargs)
        check_integers(steps=steps, chains=1 if chains is None else chains)
        up, down = networks.only_dense(encoder), networks.only_dense(decoder)
        if not isinstance(down, TiedDense) or down.tied_to is not up:
            raise ValueError(
                "A restricted Boltzmann machine has one layer of weights: `encoder` "
                "must be one dense layer, and `decoder` one TiedDense of it. Received: "
                f"{encoder.name!r} and {decoder.name!r}. Use tie_weights=True."
            )
        kinds = (keras.activations.sigmoid, keras.activations.linear)
        for layer in (up, down):
            if layer.activation not in kinds or not layer.use_bias:
                raise ValueError(
                    "The units of a restricted Boltzmann machine are sigmoid (binary) "
                    f"or linear (Gaussian), with a bias. Received: {layer.name!r}"
                )
        self.steps, self.chains = steps, chains
        self.seed_generator = keras.random.SeedGenerator()
        self._error_tracker = directions.mean("reconstruction")
        self._particles = None
        self._going = tf.function(self._chain, reduce_retracing=True)

    def build(self, input_shape: types.Shape) -> None:
        super().build(input_shape)
        if self.chains is not None:
            self._particles = self.add_weight(
                name="particles",
                shape=(self.chains, *self.example_shape),
                initializer=keras.initializers.RandomUniform(0, 1),
                trainable=False,
            )

    def free_energy(self, inputs: types.TensorLike) -> types.Tensor:
        """F of inputs, `(batch, features)`: −log p(x) up to the constant log Z."""
        up, down = self._units
        # In single precision at least, since the difference of sums is small.
        kernel = networks.kernel_of(up)
        inputs = ops.cast(inputs, kernel.dtype)
        given = ops.matmul(inputs, kernel) + up.bias
        if units.are_binary(up):
            hidden = -ops.softplus(given)
        else:
            hidden = (ops.square(up.bias) - ops.square(given)) / 2
        if units.are_binary(down):
            visible = -inputs * down.bias
        else:
            visible = ops.square(inputs - down.bias) / 2
        return losses.sum_over_features(visible) + losses.sum_over_features(hidden)

    def gibbs(self, inputs, steps=1, draw=True, noise=None) -> types.Tensor:
        """Visible units after `steps` of a Gibbs chain from `inputs`.

        Args:
            inputs: Tensor of shape `(chains, features)`.
            steps: Integer >= 0, number of steps.
            draw: Boolean, whether to draw visible units instead of using means (CD).
            noise: Noise for the units from `prepare`, or `None`.

        Raises:
            ValueError: If `steps` is negative, or the model is not built.
        """
        if noise is None:
            check_integers(0, steps=steps)
            check_built(self)
            noise = self._noise(ops.shape(inputs)[0], steps, draw)
        up, down = self._units
        for of_hidden, of_visible in noise:
            hidden = units.drawn(self.encoder(inputs), up, of_hidden)
            inputs = self.decoder(hidden)
            inputs = units.drawn(inputs, down, of_visible) if draw else inputs
        return inputs

    def sample(self, count: int, steps=1000, seed: int | None = None) -> types.Tensor:
        """Draws `count` examples by Gibbs chains of `steps` steps.

        They start from the persistent chains, or at random if there are none. Chains
        with the same start are similar unless `steps` suffices for mixing.

        Args:
            count: Positive integer.
            steps: Positive integer, steps of the chains.
            seed: Integer for reproducible draws, or `None`.

        Returns:
            Tensor of shape `(count, features)`: means of the visible units at the end.
        """
        check_integers(count=count, steps=steps)
        check_built(self)
        with self.seeded(seed):
            if self._particles is None:
                shape = (count, *self.example_shape)
                states = keras.random.uniform(shape, seed=self.seed_generator)
            else:
                states = some_of(self._particles, count, self.seed_generator)
            return self.gibbs(self._going(states, steps - 1), draw=False)

    def prepare(self, data):
        batch = super().prepare(data)
        persistent = self.chains is not None
        rows = self.chains if persistent else ops.shape(batch.inputs)[0]
        return batch.with_drawn(noise=self._noise(rows, self.steps, persistent))

    def loss_terms(self, inputs, targets, training, sample_weight=None, noise=None):
        outputs = self(inputs)
        self._error_tracker.update_state(
            self.reconstruction_loss(targets, outputs, sample_weight),
            sample_weight=ops.shape(outputs)[0],
        )
        energies = self.free_energy(inputs)
        # Nothing is drawn in evaluation.
        ends = ops.stop_gradient(self._ends(inputs, noise)) if training else outputs
        others = self.free_energy(ends)
        if sample_weight is not None:
            weights = losses.check_example_weights(sample_weight)
            weights = ops.cast(weights, energies.dtype)
            energies = weights * energies
            apart = self.chains is not None and training  # independent of examples
            others = others * (ops.mean(weights) if apart else weights)
        return outputs, {"divergence": ops.mean(energies) - ops.mean(others)}

    def _ends(self, inputs, noise):
        if self.chains is None:
            return self.gibbs(inputs, self.steps, draw=False, noise=noise)
        ends = self.gibbs(self._particles, self.steps, noise=noise)
        self._particles.assign(ends)
        return ends

    def _chain(self, inputs, steps):
        inputs = ops.cast(inputs, self._units[1].compute_dtype)
        return ops.fori_loop(0, steps, lambda _, values: self.gibbs(values), inputs)

    def _noise(self, rows, steps, draw):
        """Pairs of noise for the hidden and the visible units of each step."""
        up, down = self._units
        shapes = (rows, up.units), (rows, self.example_shape[-1])
        return [
            (
                units.noise(up, shapes[0], self.seed_generator),
                units.noise(down, shapes[1], self.seed_generator) if draw else None,
            )
            for _ in range(steps)
        ]

    @property
    def _units(self):
        return networks.only_dense(self.encoder), networks.only_dense(self.decoder)

    def serving_signatures(self) -> types.Config:
        up, down = self._units

        def sample(inputs, noise):
            of_hidden, of_visible = ops.split(noise, [up.units], axis=-1)
            pairs = [
                (
                    units.of_normal(of_hidden[:, index], up),
                    units.of_normal(of_visible[:, index], down),
                )
                for index in range(SERVED_STEPS)
            ]
            states = self.gibbs(inputs, noise=pairs)
            means = self.decoder(self.encoder(states))
            return {"samples": means, "states": states}

        width = up.units + self.example_shape[-1]
        shapes = {"inputs": self.example_shape, "noise": (SERVED_STEPS, width)}
        return {**super().serving_signatures(), "sample": Signature(sample, shapes)}

    def serving_examples(self, inputs: types.TensorLike) -> types.Config:
        width = self.code_shape[-1] + self.example_shape[-1]
        noise = evaluation_noise((len(inputs), SERVED_STEPS, width))
        return {**super().serving_examples(inputs), "noise": noise}

    def get_config(self) -> types.Config:
        return {**super().get_config(), "steps": self.steps, "chains": self.chains}
