"""The semi-supervised adversarial autoencoder."""

import math

import keras
import tensorflow as tf
from keras import ops

from tfae import layers
from tfae.arguments import check_integers, check_widths
from tfae.evaluation.measures import classes
from tfae.layers import ClassCodes
from tfae.models import checks, directions, labels, network_checks
from tfae.models.adversarial_autoencoder import AdversarialAutoencoder
from tfae.models.signatures import Signature
from tfae.priors import uniform
from tfae.reporting import pictures
from tfae.types import Config, History, Layer, Model, Shape, Tensor, TensorLike


@keras.saving.register_keras_serializable(package="tfae")
class SemiSupervisedAdversarialAutoencoder(AdversarialAutoencoder):
    """An adversarial autoencoder whose codes are a class and a style.

    The first codes y are the class probabilities, a softmax of the encoder's outputs;
    the others, z, describe the style of an example within its class. One discriminator
    matches y to one-hot vectors of equally frequent classes, another one z to the
    prior. A last part of each step minimizes the cross-entropy of y on a new random
    batch of labelled examples. In `fit(x, labels)` a label of -1 is unknown. The term
    is `classification`, without `sample_weight`; `accuracy` covers the labelled
    examples, in training those of this batch.

    Reference:
        Makhzani et al., "Adversarial Autoencoders", 2016, section 5.

    Args:
        encoder: Keras model or layer from inputs to `(batch, num_classes +
            latent_dim)`, linear.
        decoder: Keras model or layer from codes to outputs of the inputs' shape.
        num_classes: Integer > 1.
        prior: Prior of z, as for `tfae.AdversarialAutoencoder`.
        discriminator: Widths of the hidden layers of both discriminators.
        labelled_batch_size: Positive integer, labelled examples per step.
        corruption: Layer without weights, or a dict of its class and arguments, that
            corrupts the encoder's inputs in training, or `None`.
        **kwargs: As for `tfae.Autoencoder`; its `optimizers` may name `discriminator`,
            `generator` and `classifier`.

    Call arguments:
        inputs: Tensor of shape `(batch, ...)`, as the encoder takes it.
        training: Boolean, whether layers such as dropout are active.

    Returns:
        The reconstruction, a tensor of the shape of `inputs`.

    Raises:
        ValueError: If an argument is outside its range, the prior has another code
            size, or the corruption has trainable weights; in training, if labels are
            missing or out of range, or if a class has none.

    Example:
    >>> encoder, decoder = tfae.networks.dense(64, [32, 14], code_activation="linear")
    >>> model = tfae.SemiSupervisedAdversarialAutoencoder(
    ...     encoder, decoder, num_classes=10, discriminator=[32]
    ... )
    >>> model.compile(optimizer="adam", loss="mse")
    >>> known = np.where(np.arange(100) < 20, np.arange(100) % 10, -1)
    >>> history = model.fit(np.random.rand(100, 64), known, epochs=2, verbose=0)
    >>> model.classify(np.random.rand(5, 64)).shape
    TensorShape([5, 10])
    """

    term_names = (*AdversarialAutoencoder.term_names, "classification")
    optimizer_names = (*AdversarialAutoencoder.optimizer_names, "classifier")
    measures = {**AdversarialAutoencoder.measures, "classes": classes}
    reports = {**AdversarialAutoencoder.reports, "styles": pictures.styles}
    takes_labels = True
    num_discriminators = 2  # of classes and of styles
    num_classes = None  # not that of the prior's components

    def __init__(
        self,
        encoder: Layer,
        decoder: Layer,
        num_classes: int = 10,
        prior: str | Config | Layer = "gaussian",
        discriminator=(1000, 1000),
        labelled_batch_size: int = 100,
        corruption: Layer | None = None,
        **kwargs,
    ) -> None:
        check_integers(labelled_batch_size=labelled_batch_size)
        discriminator = check_widths(discriminator=discriminator)
        super().__init__(encoder, decoder, prior, discriminator, **kwargs)
        # Half precision is too coarse for probabilities.
        self.class_codes = ClassCodes(num_classes, dtype=keras.config.floatx())
        self.num_classes = self.class_codes.num_classes
        self.labelled_batch_size = labelled_batch_size
        self.corruption = corruption if corruption is None else layers.get(corruption)
        self._accuracy = directions.mean("accuracy", "up")
        self._labelled = self._remembered = None

    def build(self, input_shape: Shape) -> None:
        super().build(input_shape)
        network_checks.check_learns_nothing(self.corruption, input_shape)

    def call(self, inputs: TensorLike, training: bool = False):
        return self.decoder(self._codes(inputs, training), training=training)

    def encode(self, inputs: TensorLike) -> Tensor:
        """Probabilities of the classes and codes of the style, in one batch."""
        checks.check_shape(self, inputs, "a batch")
        return self._codes(inputs, False)

    def classify(self, inputs: TensorLike) -> Tensor:
        """Probabilities of the classes, `(batch, num_classes)`, in one batch."""
        return self.encode(inputs)[:, : self.num_classes]

    def coder(self) -> Model:
        """Keras model from inputs to probabilities of classes and codes of style."""
        return keras.Sequential([self.encoder, self.class_codes], name="coder")

    def codes_of(self, noise: TensorLike, told: TensorLike | None = None) -> Tensor:
        share = ops.floor(uniform(noise[:, 0]) * self.num_classes)
        drawn = ops.cast(ops.minimum(share, self.num_classes - 1), "int32")
        if told is not None:
            drawn = ops.where(told < 0, drawn, told)
        one_hot = ops.one_hot(drawn, self.num_classes, dtype=noise.dtype)
        return ops.concatenate([one_hot, self.prior(noise[:, 1:])], axis=-1)

    def fit(self, x=None, y=None, *args, validation_split=0.0, **kwargs) -> History:
        labels.check_given(x, y)
        if isinstance(x, tf.data.Dataset) and self._remembered is not None:
            self._labelled = self._remembered
        elif y is None:
            self._labelled = self._examples(x, y)
        else:
            # Labels of the validation data are not used for training.
            kept = math.floor(len(x) * (1 - validation_split))
            self._labelled = self._examples(x[:kept], y[:kept])
        self.train_function = None  # a traced function holds the old examples
        return super().fit(x, y, *args, validation_split=validation_split, **kwargs)

    def remember(self, inputs, known):
        """Stores the labelled examples of the streams for `fit`.

        Without this call `fit` reads a stream once to find them.

        Args:
            inputs: Array of shape `(n, ...)`.
            known: Array of labels, -1 for unknown ones.
        """
        self._remembered = self._examples(inputs, known)

    def _examples(self, inputs, known):
        """The labelled examples and their labels, with every class present."""
        inputs = labels.partly_known(inputs, known, self.num_classes)
        found = labels.known_examples(inputs, known)
        labels.check_every_class(found[1], self.num_classes)
        return found

    def prepare(self, data):
        batch = super().prepare(data)
        if self._labelled is None:
            raise ValueError(
                "The model has no examples with labels yet. Received: a batch alone. "
                "Call fit(x, labels)."
            )
        inputs, known = self._labelled
        rows = tf.random.stateless_uniform(
            (self.labelled_batch_size,),
            self.seed_generator.next(),
            maxval=len(known),
            dtype=tf.int32,
        )
        known, examples = ops.take(known, rows), ops.take(inputs, rows, axis=0)
        if self.corruption is not None:
            examples = self.corruption(examples, training=True)
            corrupted = self.corruption(batch.inputs, training=True)
            batch = batch._replace(inputs=corrupted, targets=self._targets(batch))
        return batch.with_drawn(examples=examples, known=known)

    def loss_terms(self, inputs, targets, training, sample_weight=None, classes=None):
        outputs, terms = super().loss_terms(inputs, targets, training, sample_weight)
        cost = self._classification(inputs, classes, training)
        return outputs, {**terms, "classification": cost}

    def optimized_variables(self) -> Config:
        variables = {"classifier": self.encoder.trainable_variables}
        return {**super().optimized_variables(), **variables}

    def _phases(self, batch):
        outputs, terms = super()._phases(batch)
        drawn = batch.drawn

        def classification():
            loss = self._classification(drawn["examples"], drawn["known"], True)
            return loss, loss

        cost = self._minimize(classification, optimizer="classifier")
        return outputs, {**terms, "classification": cost}

    def _classification(self, inputs, classes, training):
        """Cross-entropy of the known classes, or 0; updates the accuracy."""
        logits = self.encoder(inputs, training=training)[:, : self.num_classes]
        logits = ops.cast(logits, keras.config.floatx())
        known = ops.cast(classes >= 0, logits.dtype)
        costs = ops.sparse_categorical_crossentropy(
            ops.maximum(classes, 0), logits, from_logits=True
        )
        found = ops.cast(ops.argmax(logits, axis=-1), classes.dtype)
        self._accuracy.update_state(ops.cast(found == classes, "float32"), known)
        return ops.sum(known * costs) / ops.maximum(ops.sum(known), 1)

    def _codes(self, inputs, training):
        return self.class_codes(self.encoder(inputs, training=training))

    def _views(self, codes, told):
        return [codes[:, : self.num_classes], codes[:, self.num_classes :]]

    def _view_shapes(self):
        return [(None, self.num_classes), (None, self._prior_dim)]

    @property
    def _prior_dim(self):
        return self.code_shape[0] - self.num_classes

    @property
    def _noise_dim(self):
        return 1 + self.prior.noise_dim

    def serving_signatures(self) -> Config:
        def classify(inputs):
            return {"probabilities": self.classify(inputs)}

        signature = Signature(classify, {"inputs": self.example_shape})
        return {**super().serving_signatures(), "classify": signature}

    def get_config(self) -> Config:
        config = super().get_config()
        del config["label_conditioned"]
        return {
            **config,
            "num_classes": self.num_classes,
            "labelled_batch_size": self.labelled_batch_size,
            "corruption": self.corruption
            and keras.saving.serialize_keras_object(self.corruption),
        }
