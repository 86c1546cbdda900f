"""The autoencoder that is trained on hard inputs."""

import math
from typing import Literal

import keras
from keras import ops

from tfae import losses, networks, types
from tfae.arguments import (
    check_choice,
    check_integers,
    check_positive,
    check_weights,
    check_widths,
)
from tfae.evaluation.measures import worst_case
from tfae.layers.own_layers import OwnLayers
from tfae.layers.sampling import standard_normal
from tfae.models import perturbations
from tfae.models.autoencoder import Autoencoder
from tfae.models.checks import check_built
from tfae.models.randomness import evaluation_noise
from tfae.reporting import pictures

NOISE_DIM = 64  # random numbers per generated input


@keras.saving.register_keras_serializable(package="tfae")
class HardInputAutoencoder(OwnLayers, Autoencoder):
    """An autoencoder r and an adversary that finds inputs r reconstructs badly.

    Each step trains them in turn, with separate optimizers, in one of two games. With
    `adversary="perturbation"` a network a changes real inputs within a bound,

        min_r max_a E[L(x, r(x)) + w L(x, r(x + δ))],   δ = a(x), ‖δ‖ <= ε,

    so that r learns to reconstruct an input from any point near it. With
    `adversary="generator"` a network G makes inputs from noise u, which a discriminator
    D keeps close to the data,

        min_r max_G E[L(x, r(x)) + w (L(G(u), r(G(u))) + p log D(G(u)))],

    while D learns as in `tfae.AdversarialAutoencoder`. The terms are `reconstruction`
    and `hard`, w times the loss on the adversary's inputs; a generator adds the terms
    `generator`, −log D(G(u)), and `discriminator`.

    Reference:
        Madry et al., "Towards Deep Learning Models Resistant to Adversarial Attacks",
        ICLR 2018, equation 2.1, with a network in place of the search for δ.

    Args:
        encoder: Keras model or layer from inputs to codes.
        decoder: Keras model or layer from codes to outputs of the inputs' shape.
        adversary: `"perturbation"` or `"generator"`.
        bound: Float ε > 0, largest Euclidean norm of a perturbation.
        hard_weight: Float w >= 0.
        plausibility: Float p >= 0, weight of D for the generator.
        adversary_units: Widths of the hidden layers of the adversary, and of D.
        ascents: Integer >= 0, steps of projected gradient ascent from x + a(x), for
            harder inputs than those of the network alone.
        **kwargs: As for `tfae.Autoencoder`; its `optimizers` may name `adversary` and
            `discriminator`.

    Call arguments:
        inputs: Tensor of shape `(batch, ...)`.
        training: Boolean, whether layers such as dropout are active.

    Returns:
        The reconstruction, a tensor of the shape of `inputs`.

    Raises:
        ValueError: If an argument is outside its range.

    Example:
    >>> networks = tfae.networks.dense(64, [32])
    >>> model = tfae.HardInputAutoencoder(*networks, bound=0.5, adversary_units=[32])
    >>> model.compile(optimizer="adam", loss="mse")
    >>> history = model.fit(np.random.rand(100, 64), epochs=2, verbose=0)
    """

    measures = {**Autoencoder.measures, "worst_case": worst_case}
    reports = {**Autoencoder.reports, "hard_inputs": pictures.hard_inputs}
    takes_switches = False

    def __init__(
        self,
        encoder: types.Layer,
        decoder: types.Layer,
        adversary: Literal["perturbation", "generator"] = "perturbation",
        bound: float = 1.0,
        hard_weight: float = 1.0,
        plausibility: float = 1.0,
        adversary_units: types.Widths = (256, 256),
        ascents: int = 0,
        **kwargs,
    ) -> None:
        check_choice(("perturbation", "generator"), adversary=adversary)
        check_positive(bound=bound)
        check_weights(hard_weight=hard_weight, plausibility=plausibility)
        units = check_widths(adversary_units=adversary_units)
        check_integers(0, ascents=ascents)
        if ascents and adversary == "generator":
            raise ValueError(
                "`ascents` go up within a bound, which a generator does not have. "
                f"Received: ascents={ascents}. Use 0."
            )
        self.term_names, self.optimizer_names = (
            ("reconstruction", "hard"),
            ("adversary",),
        )
        if adversary == "generator":
            self.term_names += ("generator", "discriminator")
            self.optimizer_names += ("discriminator",)
        super().__init__(encoder, decoder, **kwargs)
        self.adversary, self.bound = adversary, bound
        self.hard_weight, self.plausibility = hard_weight, plausibility
        self.adversary_units, self.ascents = tuple(units), ascents
        self.network = self.discriminator = None
        self.seed_generator = keras.random.SeedGenerator()

    def build(self, input_shape: types.Shape) -> None:
        super().build(input_shape)
        units, policy = self.adversary_units, self.dtype_policy
        generates = self.adversary == "generator"
        # Generated inputs have the range of the data.
        last = "sigmoid" if generates and self.bounds == (0, 1) else "linear"
        made = networks.onto, self.example_shape, units, last, policy
        self.network = self.own("network", *made)
        features = math.prod(self.example_shape)
        networks.build(self.network, (None, NOISE_DIM if generates else features))
        if generates:
            judge = networks.discriminator
            self.discriminator = self.own("discriminator", judge, units, dtype=policy)
            networks.build(self.discriminator, (None, features))

    def hard_inputs(self, inputs, noise=None, targets=None) -> types.Tensor:
        """The adversary's inputs: perturbed or generated.

        Args:
            inputs: Tensor of shape `(batch, ...)`.
            noise: Tensor of shape `(batch, 64)` for a generator, or `None` for the same
                noise at every call.
            targets: Reconstruction targets of the `ascents`. Defaults to `inputs`.

        Returns:
            Tensor of the shape of `inputs`.
        """
        check_built(self)
        targets = inputs if targets is None else targets

        def cost(hard):
            return self._hard_loss(targets, hard, None, training=False)

        proposed = self._proposed(inputs, noise)
        return perturbations.ascend(cost, inputs, proposed, self.bound, self.ascents)

    def prepare(self, data):
        batch = super().prepare(data)
        if self.adversary == "perturbation":
            return batch
        shape = (ops.shape(batch.inputs)[0], NOISE_DIM)
        noise = standard_normal(shape, self.seed_generator.next())
        return batch.with_drawn(noise=noise)

    def update(self, batch):
        inputs, weights = batch.inputs, batch.sample_weight
        noise = batch.drawn.get("noise")

        def rebuilding():
            outputs, terms = self._all_terms(batch, training=True)
            reached = ("reconstruction", "hard", "regularization")
            loss = sum(terms[name] for name in reached if name in terms)
            return loss, (outputs, terms)

        def searching():
            hard = self._proposed(inputs, noise)
            loss = -self._hard_loss(self._targets(batch), hard, weights)
            if self.discriminator is not None:
                judged = self._judged(hard)
                loss += self.plausibility * losses.generation(judged)
            return loss, None

        def judging():
            hard = ops.stop_gradient(self._proposed(inputs, noise))
            found = losses.discrimination(self._judged(inputs), self._judged(hard))
            return found, None

        pair = networks.trainable_variables(self.encoder, self.decoder)
        outputs, terms = self._minimize(rebuilding, pair, filled=batch.filled)
        self._minimize(searching, optimizer="adversary", filled=batch.filled)
        if self.discriminator is not None:
            self._minimize(judging, optimizer="discriminator", filled=batch.filled)
        return self._report(batch, outputs, terms)

    def loss_terms(self, inputs, targets, training, sample_weight=None, noise=None):
        hard = ops.stop_gradient(self.hard_inputs(inputs, noise, targets))
        cost = self._hard_loss(targets, hard, sample_weight, training)
        # The last call: the layers regularize its activities.
        outputs = self(inputs, training=training)
        terms = {
            "reconstruction": self.reconstruction_loss(targets, outputs, sample_weight),
            "hard": self.hard_weight * cost,
        }
        if self.discriminator is not None:
            judged = ops.stop_gradient(self._judged(hard))
            real = ops.stop_gradient(self._judged(inputs))
            terms["generator"] = losses.generation(judged)
            terms["discriminator"] = losses.discrimination(real, judged)
        return outputs, terms

    def optimized_variables(self) -> types.Config:
        variables = {"adversary": self.network.trainable_variables}
        if self.discriminator is not None:
            variables["discriminator"] = self.discriminator.trainable_variables
        return variables

    def _proposed(self, inputs, noise):
        """The output of the adversary's network, before any ascents."""
        if self.adversary == "generator":
            count = ops.shape(inputs)[0]
            noise = evaluation_noise((count, NOISE_DIM)) if noise is None else noise
            return self.network(noise)
        return perturbations.near(inputs, self.network(_flat(inputs)), self.bound)

    def _hard_loss(self, targets, hard, sample_weight, training=True):
        """The loss on the adversary's inputs; generated ones are their own targets."""
        if self.adversary == "generator":
            targets, sample_weight = hard, None  # generated inputs belong to no example
        outputs = self(hard, training=training)
        return self.reconstruction_loss(targets, outputs, sample_weight)

    def _judged(self, inputs):
        logits = ops.cast(self.discriminator(_flat(inputs)), keras.config.floatx())
        return ops.reshape(logits, (-1,))

    def get_config(self) -> types.Config:
        return {
            **super().get_config(),
            "adversary": self.adversary,
            "bound": self.bound,
            "hard_weight": self.hard_weight,
            "plausibility": self.plausibility,
            "adversary_units": self.adversary_units,
            "ascents": self.ascents,
        }


def _flat(inputs):
    return ops.reshape(inputs, (-1, math.prod(inputs.shape[1:])))
