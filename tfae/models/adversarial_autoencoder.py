"""The adversarial autoencoder."""

import keras
from keras import ops

from tfae import losses, networks, types
from tfae.arguments import check_booleans
from tfae.layers.own_layers import OwnLayers
from tfae.models import checks, directions, labels
from tfae.models.prior_autoencoder import PriorAutoencoder
from tfae.models.randomness import evaluation_noise


@keras.saving.register_keras_serializable(package="tfae")
class AdversarialAutoencoder(OwnLayers, PriorAutoencoder):
    """An autoencoder trained to make its codes indistinguishable from prior samples.

    A training step has three parts, each with its own optimizer. The encoder and the
    decoder minimize the reconstruction loss; the discriminator D minimizes

        −log D(z′) − log(1 − D(z)),   z′ ~ p(z),  z = f(x);

    and the encoder minimizes −log D(z). The terms are `reconstruction`,
    `discriminator` and `generator`. No part minimizes their sum, `loss`; monitor
    `discriminator_accuracy` instead: it is 1/2 when D cannot distinguish the codes from
    the prior, and near 1 when it always can. At equilibrium `discriminator` is 2 log 2.

    With labels, `fit(x, labels)`, D also receives the class of a code, and the prior is
    sampled from the component of that class, so that each class occupies its own
    region. A label of -1 is unknown.

    Reference:
        Makhzani et al., "Adversarial Autoencoders", 2016, sections 2 and 2.3.

    Args:
        encoder: Keras model or layer from inputs to codes `(batch, latent_dim)`.
        decoder: Keras model or layer from codes to outputs of the inputs' shape.
        prior: `"gaussian"`, N(0, I); `"uniform"`, in [-1, 1]; `"gaussian_ring"`, ten
            Gaussians in the plane; `"swiss_roll"`; or a prior from `tfae.priors`, as an
            object or as a dict of its class and arguments.
        discriminator: Widths of the hidden layers of D, or a Keras model from codes
            (with labels, from codes and one-hot classes) to a logit `(batch, 1)`.
        label_conditioned: Boolean, whether training takes labels.
        **kwargs: As for `tfae.Autoencoder`; its `optimizers` may name `discriminator`
            and `generator`.

    Call arguments:
        inputs: Tensor of shape `(batch, ...)`, as the encoder takes it.
        training: Boolean, whether layers such as dropout are active.

    Returns:
        The reconstruction, a tensor of the shape of `inputs`.

    Raises:
        ValueError: If an argument is outside its range, or the prior has another code
            size; in training, if required labels are missing or out of range, or if
            they have fewer classes than the prior has components.

    Example:
    >>> encoder, decoder = tfae.networks.dense(64, [32, 2], code_activation="linear")
    >>> model = tfae.AdversarialAutoencoder(encoder, decoder, discriminator=[32])
    >>> model.compile(optimizer="adam", loss="mse")
    >>> history = model.fit(np.random.rand(100, 64), epochs=2, verbose=0)
    >>> model.sample(5, seed=1).shape
    TensorShape([5, 64])
    """

    term_names = ("reconstruction", "discriminator", "generator")
    optimizer_names = ("discriminator", "generator")
    num_discriminators = 1

    def __init__(
        self,
        encoder: types.Layer,
        decoder: types.Layer,
        prior: str | types.Config | types.Layer = "gaussian",
        discriminator=(1000, 1000),
        label_conditioned: bool = False,
        **kwargs,
    ) -> None:
        super().__init__(encoder, decoder, prior, **kwargs)
        check_booleans(label_conditioned=label_conditioned)
        self.label_conditioned = label_conditioned
        make = self._new_discriminators
        if isinstance(discriminator, (dict, keras.layers.Layer)):
            self.discriminators = make(discriminator)
            self._given_discriminator = self.discriminators[0]
        else:
            self.discriminators = self.own("discriminators", make, discriminator)
            # Keras would wrap a list in its own type, which cannot be copied.
            self._given_discriminator = tuple(discriminator)
        self._accuracy_tracker = directions.mean("discriminator_accuracy")

    def _new_discriminators(self, identifier):
        policy = {"dtype": self.dtype_policy}
        count = range(self.num_discriminators)
        return [networks.discriminator(identifier, **policy) for _ in count]

    def build(self, input_shape: types.Shape) -> None:
        super().build(input_shape)
        for judge, shape in zip(self.discriminators, self._view_shapes(), strict=True):
            networks.build(judge, shape)

    @property
    def takes_labels(self) -> bool:
        """Whether `fit` takes labels with the inputs."""
        return self.label_conditioned

    @property
    def num_classes(self):
        """Number of classes of the labels, once the model is built."""
        if self.prior.components is None:
            raise ValueError(
                "Labels choose a component of the prior. Received: label_conditioned="
                f"True with {type(self.prior).__name__}, which has none. Use "
                'prior="gaussian_ring".'
            )
        return self.prior.components

    def fit(self, x=None, y=None, *args, **kwargs) -> types.History:
        if self.takes_labels:
            checks.build_for(self, x)
            labels.check_given(x, y)
            x = labels.partly_known(x, y, self.num_classes)
            if y is not None:
                labels.check_every_class(y, self.num_classes)
        return super().fit(x, y, *args, **kwargs)

    def evaluate(self, x=None, y=None, *args, **kwargs):
        if self.takes_labels:
            checks.build_for(self, x)
            x = labels.partly_known(x, y, self.num_classes)
        return super().evaluate(x, y, *args, **kwargs)

    # On several replicas Keras calls these on the whole batch, including labels.
    def compute_loss(self, x=None, y=None, *args, **kwargs):
        y = None if self.takes_labels else y
        return super().compute_loss(x, y, *args, **kwargs)

    def compute_metrics(self, x, y, *args, **kwargs):
        y = None if self.takes_labels else y
        return super().compute_metrics(x, y, *args, **kwargs)

    def update(self, batch):
        outputs, terms = self._phases(batch)
        if self.losses:
            terms["regularization"] = self._regularization()
        return self._report(batch, outputs, terms)

    def loss_terms(self, inputs, targets, training, sample_weight=None, told=None):
        outputs = self(inputs, training=training)
        real = self.codes_of(
            evaluation_noise((ops.shape(inputs)[0], self._noise_dim)), told
        )
        fake = self._codes(inputs, training)
        return outputs, {
            "reconstruction": self.reconstruction_loss(targets, outputs, sample_weight),
            "discriminator": self._discrimination(
                real, fake, told, sample_weight, training
            ),
            "generator": self._generation(fake, told, sample_weight, training),
        }

    def optimized_variables(self) -> types.Config:
        return {
            "discriminator": networks.trainable_variables(*self.discriminators),
            "generator": self.encoder.trainable_variables,
        }

    def _phases(self, batch):
        """Trains the parts in turn; returns the outputs and the terms."""
        inputs, weights = batch.inputs, batch.sample_weight
        told = batch.drawn.get("told")

        def reconstruction():
            outputs = self(inputs, training=True)
            loss = self.reconstruction_loss(self._targets(batch), outputs, weights)
            return loss + self._regularization(), (outputs, loss)

        def discrimination():
            real = self.codes_of(batch.drawn["noise"], told)
            fake = ops.stop_gradient(self._codes(inputs, True))
            loss = self._discrimination(real, fake, told, weights, True)
            return loss + self._regularization(), loss

        def generation():
            loss = self._generation(self._codes(inputs, True), told, weights, True)
            return loss, loss

        pair = networks.trainable_variables(self.encoder, self.decoder)
        outputs, loss = self._minimize(reconstruction, pair, None, batch.filled)
        others = {"discriminator": discrimination, "generator": generation}
        return outputs, {"reconstruction": loss} | {
            name: self._minimize(one, None, name, batch.filled)
            for name, one in others.items()
        }

    def _unpack(self, data):
        batch = super()._unpack(data)
        if not self.takes_labels:
            return batch
        told = labels.told(batch.targets, ops.shape(batch.inputs)[0])
        name = "told" if self.label_conditioned else "classes"
        return batch._replace(targets=None).with_drawn(**{name: told})

    def _codes(self, inputs, training):
        """Codes for the discriminators, in single precision at least."""
        return ops.cast(self.encoder(inputs, training=training), keras.config.floatx())

    def _views(self, codes, told):
        """The inputs of each discriminator for the codes."""
        if not self.label_conditioned:
            return [codes]
        # The last class stands for unknown labels.
        known = ops.where(told < 0, self.num_classes, told)
        return [ops.concatenate([codes, ops.one_hot(known, self.num_classes + 1)], -1)]

    def _view_shapes(self):
        classes = self.num_classes + 1 if self.label_conditioned else 0
        return [(None, self.code_shape[0] + classes)]

    def _judged(self, codes, told, training):
        """Logits of each discriminator for codes coming from the prior, `(batch,)`."""
        views = self._views(codes, told)
        for judge, view in zip(self.discriminators, views, strict=True):
            logits = ops.cast(judge(view, training=training), keras.config.floatx())
            yield ops.reshape(logits, (-1,))

    def _discrimination(self, real, fake, told, sample_weight, training):
        """The mean loss of the discriminators."""
        found = []
        pairs = (self._judged(codes, told, training) for codes in (real, fake))
        for ours, theirs in zip(*pairs, strict=True):
            found.append(losses.discrimination(ours, theirs, sample_weight))
            right = ops.concatenate([ours > 0, theirs < 0], axis=0)
            self._accuracy_tracker.update_state(ops.cast(right, "float32"))
        return sum(found) / len(found)

    def _generation(self, fake, told, sample_weight, training):
        """The loss that the encoder minimizes to deceive the discriminators."""
        logits = self._judged(fake, told, training)
        found = [losses.generation(one, sample_weight) for one in logits]
        return sum(found) / len(found)

    def get_config(self) -> types.Config:
        given = self._given_discriminator
        if isinstance(given, keras.layers.Layer):
            given = keras.saving.serialize_keras_object(given)
        own = {"discriminator": given, "label_conditioned": self.label_conditioned}
        return {**super().get_config(), **own}
