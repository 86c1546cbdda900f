"""The autoencoder of texts, as bags of words."""

from collections.abc import Sequence
from typing import Literal

import keras
import numpy as np
import tensorflow as tf

from tfae.arguments import check_choice
from tfae.evaluation.measures import log_likelihood
from tfae.layers import BagOfWords, TfIdf
from tfae.models.autoencoder import Autoencoder
from tfae.models.signatures import Signature
from tfae.reporting import pictures
from tfae.texts import as_texts, is_text
from tfae.types import (
    ArrayLike,
    Config,
    History,
    Layer,
    Model,
    Shape,
    Tensor,
    TensorLike,
)

TARGETS = ("counts", "tf_idf")


@keras.saving.register_keras_serializable(package="tfae")
class TextAutoencoder(Autoencoder):
    """An autoencoder of strings, which it reconstructs as bags of words.

    It counts the words of a text that are in the vocabulary, the most frequent words
    found by `adapt`, and minimizes the mean of L(n, g(f(n))) over texts with counts n.
    L is the loss given to `compile`: `tfae.losses.MultinomialCrossentropy`, for a
    decoder that returns word probabilities. With `targets="tf_idf"` a linear decoder
    reconstructs the output of the encoder's `tfae.layers.TfIdf`, under a squared error.

    A text without known words, or an empty text, has counts of 0: its code is f(0), and
    its cross-entropy is 0.

    Reference:
        Hinton & Salakhutdinov, "Reducing the Dimensionality of Data with Neural
        Networks", Science 313, 2006; Salakhutdinov & Hinton, "Semantic Hashing", 2009.

    Args:
        encoder: Keras model from word counts, `(batch, words)`, to codes, such as
            `tfae.networks.bag_of_words` makes.
        decoder: Keras model from codes back to `(batch, words)`.
        targets: `"counts"` or `"tf_idf"`.
        stop_words: As for `tfae.layers.BagOfWords`, like the next one.
        vocabulary: List of the words, or `None` for those that `adapt` finds.
        **kwargs: `name`, `dtype` and `trainable`, as for `keras.Model`.

    Call arguments:
        inputs: Tensor of strings, `(batch,)`.
        training: Boolean, whether layers such as masking noise are active.

    Returns:
        The output of the decoder, a tensor of shape `(batch, words)`.

    Raises:
        ValueError: If the networks are of another kind, an argument is outside its
            range, inputs are not texts, the model has no vocabulary in training, or
            there are several replicas.

    Example:
    >>> texts = np.array(["the cat sat on the mat", "dogs and cats", "a dog"])
    >>> networks = tfae.networks.bag_of_words((), [2], words=6)
    >>> model = tfae.TextAutoencoder(*networks)
    >>> model.adapt(texts)
    >>> model.compile("adam", tfae.losses.MultinomialCrossentropy())
    >>> history = model.fit(texts, epochs=2, verbose=0)
    >>> model.encode(texts).shape
    TensorShape([3, 2])
    """

    measures = {"errors": log_likelihood}
    reports = {"codes": pictures.codes}
    takes_switches = False
    takes_texts = True

    def __init__(
        self,
        encoder: Layer,
        decoder: Layer,
        targets: Literal["counts", "tf_idf"] = "counts",
        stop_words: str | Sequence[str] = "english",
        vocabulary: Sequence[str] | None = None,
        **kwargs,
    ) -> None:
        super().__init__(encoder, decoder, **kwargs)
        if self._num_replicas > 1:
            raise ValueError(
                "Texts are learned on one device, since Keras' fit takes means of what "
                f"it gives to several. Received: {self._num_replicas} replicas. Make "
                "or load the model outside of the strategy's scope."
            )
        check_choice(TARGETS, targets=targets)
        shape = getattr(encoder, "input_shape", None)
        if not isinstance(shape, tuple) or len(shape) != 2 or shape[1] is None:
            raise ValueError(
                "`encoder` must be a Keras model of counts of words, (batch, words). "
                f"Received: one with inputs of shape {shape}. Make it by "
                "tfae.networks.bag_of_words."
            )
        weightings = [one for one in encoder.layers if isinstance(one, TfIdf)]
        if targets == "tf_idf" and not weightings:
            raise ValueError(
                '`targets="tf_idf"` takes an encoder with a tfae.layers.TfIdf. '
                "Received: one without."
            )
        self.targets = targets
        self._weighting = weightings[0] if weightings else None
        # Half precision cannot represent all counts.
        self.bag = BagOfWords(
            shape[1], stop_words, vocabulary, dtype=keras.config.floatx()
        )

    def adapt(self, texts: ArrayLike) -> None:
        """Learns the vocabulary and the weights of words from an array of texts.

        Raises:
            ValueError: If the texts have no words.
        """
        texts = as_texts(texts)
        self.bag.adapt(texts)
        # Traced functions hold the old words.
        self.train_function = self.test_function = self.predict_function = None
        if self._weighting is not None:
            self._weighting.adapt(self.bag.sparse_counts(texts))

    @property
    def vocabulary(self) -> tuple[str, ...] | None:
        """Tuple of the words in the vocabulary, or `None` before `adapt`."""
        return self.bag.vocabulary

    def told_input_shape(self):
        return (None,)

    def build(self, input_shape: Shape) -> None:
        if len(input_shape) != 1:
            raise ValueError(
                "Inputs must be texts, (batch,). Received: inputs of shape "
                f"{tuple(input_shape)}. Give an array of strings."
            )
        super().build((None, self.bag.words))
        self.example_shape = ()

    def call(self, inputs: TensorLike, training: bool = False):
        return super().call(self.bag(inputs), training=training)

    def compute_output_shape(self, input_shape: Shape):
        return super().compute_output_shape((input_shape[0], self.bag.words))

    def encode(self, inputs: TensorLike) -> Tensor:
        """Codes of texts, `(batch,)`, in one batch."""
        if not tf.is_symbolic_tensor(inputs):
            inputs = tf.constant(as_texts(inputs, "a batch"))
        return self.encoder(self.bag(inputs), training=False)

    def encode_switches(self, inputs: TensorLike):
        return []

    def coder(self) -> Model:
        """Keras model from texts to the codes that `encode` returns."""
        texts = keras.Input((), dtype="string")
        return keras.Sequential([texts, self.bag, self.encoder], name="coder")

    def loss_terms(self, inputs, targets, training, sample_weight=None):
        outputs = Autoencoder.call(self, inputs, training=training)
        cost = self.reconstruction_loss(targets, outputs, sample_weight)
        return outputs, {"reconstruction": cost}

    def _unpack(self, data):
        batch = super()._unpack(data)
        targets = batch.targets
        if targets is not None:
            if targets.dtype != "string":
                raise ValueError(
                    "Targets must be texts, whose word counts are reconstructed. "
                    f"Received: targets of type {targets.dtype}. Leave labels out: "
                    "fit(x)."
                )
            targets = self.bag(targets)
        return batch._replace(inputs=self.bag(batch.inputs), targets=targets)

    def _targets(self, batch):
        counts = super()._targets(batch)
        return counts if self.targets == "counts" else self._weighting(counts)

    def fit(self, x=None, y=None, *args, validation_data=None, **kwargs) -> History:
        if isinstance(validation_data, (list, tuple)):
            validation_data = tuple(map(_strings, validation_data))
        kwargs["validation_data"] = validation_data
        return super().fit(_strings(x), _strings(y), *args, **kwargs)

    def evaluate(self, x=None, y=None, *args, **kwargs):
        return super().evaluate(_strings(x), _strings(y), *args, **kwargs)

    def predict(self, x, *args, **kwargs):
        return super().predict(_strings(x), *args, **kwargs)

    def check_inputs(self, inputs: TensorLike, name: str = "the data") -> None:
        """Raises `ValueError` unless an array holds texts."""
        as_texts(inputs, name)

    def serving_signatures(self) -> Config:
        texts = {"inputs": ()}, {"inputs": "string"}

        def reconstruct(inputs):
            return {"words": self(inputs)}

        def encode(inputs):
            return {"codes": self.encoder(self.bag(inputs), training=False)}

        def decode(codes):
            return {"words": self.decoder(codes, training=False)}

        return {
            "serving_default": Signature(reconstruct, *texts),
            "encode": Signature(encode, *texts),
            "decode": Signature(decode, {"codes": self.code_shape}),
        }

    def export(self, *args, **kwargs):
        texts = keras.InputSpec("string", shape=(None,))
        super().export(*args, **{"input_signature": [texts], **kwargs})

    def serving_examples(self, inputs: TensorLike) -> Config:
        return {"inputs": np.asarray(inputs), "codes": self.encode(inputs)}

    def get_config(self) -> Config:
        return {
            **super().get_config(),
            "targets": self.targets,
            "stop_words": self.bag.stop_words,
            "vocabulary": self.bag.vocabulary,
        }


def _strings(data):
    """Texts as an array that Keras takes; other data unchanged."""
    of_numpy = isinstance(data, np.ndarray) and is_text(data)
    listed = isinstance(data, list) and all(isinstance(x, str | bytes) for x in data)
    return as_texts(data) if of_numpy or listed else data
