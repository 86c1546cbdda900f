"""From a trained autoencoder to a classifier with a softmax head."""

import itertools
from typing import Literal

import keras

from tfae import models, networks
from tfae.arguments import check_integers, is_integer, optional, plain
from tfae.models.checks import check_built
from tfae.types import Layer, Model, Regularizer


def classifier(
    autoencoder: Model,
    num_classes: int,
    train: str | int = "all",
    encoder_rate: float = 1.0,
    kernel_regularizer: Regularizer | None = None,
    codes: Literal["flatten", "average", "max"] = "flatten",
) -> Model:
    """A classifier on a copy of the encoder of a trained autoencoder.

    With few labels train only the head or the top layers, with many labels everything.
    `trainable_layers` changes this choice before the model is compiled again, and
    `GradualUnfreezing` during training.

    Args:
        autoencoder: Built `tfae.Autoencoder`, or another model with a `coder` method,
            which stays unchanged.
        num_classes: Integer > 1, number of classes.
        train: `"all"`; `"head"`; or a positive integer, that number of the encoder's
            layers with weights from the top, and the head.
        encoder_rate: Float in (0, 1], the encoder's learning rate as a share of the
            head's.
        kernel_regularizer: Regularizer of the head's kernel, or `None`.
        codes: How codes of several axes become vectors, as for `tfae.Classifier`.

    Returns:
        `tfae.Classifier`, built, not compiled.

    Raises:
        ValueError: If an argument is outside its range, or the autoencoder is not
            built.

    Example:
    >>> stack = tfae.StackedAutoencoder(64, [32, 8])
    >>> stack.build((None, 64))
    >>> model = tfae.fine_tuning.classifier(stack, num_classes=10, train="head")
    >>> model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    >>> model.predict(np.random.rand(5, 64), verbose=0).shape
    (5, 10)
    """
    encoder = copy_encoder(autoencoder)
    model = models.Classifier(
        encoder, num_classes, encoder_rate, kernel_regularizer, codes
    )
    model.build((None, *autoencoder.example_shape))
    trainable_layers(model, train)
    return model


def copy_encoder(autoencoder: Model) -> Model:
    """A copy of the network for the codes of an autoencoder, with its weights.

    The copy also has the state of layers that were adapted to data, such as the mean of
    a `keras.layers.Normalization` or the vocabulary of a `keras.layers.StringLookup`.

    For Gaussian codes it returns their means; for sparse codes it includes the layer
    that keeps the largest activations.

    Example:
    >>> stack = tfae.StackedAutoencoder(64, [32, 8])
    >>> stack.build((None, 64))
    >>> encoder = tfae.fine_tuning.copy_encoder(stack)
    >>> encoder.output_shape
    (None, 8)
    """
    remedy = "Give an autoencoder, or a model whose `coder()` returns a network."
    coder = optional(autoencoder, "coder", remedy)
    check_built(autoencoder)
    original = coder()
    networks.build(original, (None, *autoencoder.example_shape))
    return networks.copied(original)


def trainable_layers(model: Model, train: str | int) -> None:
    """Freezes the encoder of a classifier except for the layers that `train` selects.

    Args:
        model: `tfae.Classifier`. Compile it afterwards, as Keras requires.
        train: As for `classifier`.

    Example:
    >>> stack = tfae.StackedAutoencoder(64, [32, 8])
    >>> stack.build((None, 64))
    >>> model = tfae.fine_tuning.classifier(stack, num_classes=10)
    >>> tfae.fine_tuning.trainable_layers(model, "head")
    >>> len(model.trainable_weights)
    2
    """
    layers = _layers_with_weights(model.encoder)
    count = {"all": len(layers), "head": 0}.get(train, train)
    if not is_integer(count) or not 0 <= count <= len(layers) or train == 0:
        raise ValueError(
            '`train` must be "all", "head" or a number of layers from 1 to '
            f"{len(layers)}. Received: train={train!r}"
        )
    for index, layer in enumerate(layers):
        layer.trainable = index >= len(layers) - count


def count_layers(encoder: Layer) -> int:
    """Number of layers of an encoder that can be frozen: those that have weights."""
    return len(_layers_with_weights(encoder))


class GradualUnfreezing(keras.callbacks.Callback):
    """Unfreezes the encoder of a classifier one layer at a time during `fit`.

    It starts with the head alone and continues with the encoder's layers from the top.

    Reference:
        Howard & Ruder, "Universal Language Model Fine-tuning for Text Classification",
        ACL 2018, for gradual unfreezing.

    Args:
        epochs: Positive integer, epochs that the head trains alone before the top
            layer is unfrozen, and between one layer and the next; or a list of one
            for each layer of the encoder, the head's epochs first.

    Raises:
        ValueError: If `epochs` are not positive integers; in `fit`, if the model is not
            a `tfae.Classifier`, or the length of the list is not the number of layers.

    Example:
    >>> stack = tfae.StackedAutoencoder(64, [32, 8])
    >>> stack.build((None, 64))
    >>> model = tfae.fine_tuning.classifier(stack, num_classes=10, train="head")
    >>> model.compile("adam", "sparse_categorical_crossentropy")
    >>> x, labels = np.random.rand(100, 64), np.arange(100) % 10
    >>> unfreezing = tfae.GradualUnfreezing(2)
    >>> history = model.fit(x, labels, epochs=5, callbacks=[unfreezing], verbose=0)
    """

    def __init__(self, epochs: int = 1) -> None:
        super().__init__()
        self.epochs = plain(epochs)
        each = self.epochs if isinstance(self.epochs, list) else [self.epochs]
        for one in each or [each]:
            check_integers(listed=True, epochs=one)
        self._unfrozen = None

    def set_model(self, model):
        super().set_model(model)
        for name in ("encoder", "head"):
            optional(model, name, "Gradual unfreezing takes a tfae.Classifier.")

    def on_train_begin(self, logs=None):
        count = count_layers(self.model.encoder)
        if isinstance(self.epochs, list) and len(self.epochs) != count:
            raise ValueError(
                f"`epochs` must be one for each of {count} layers of the encoder. "
                f"Received: epochs={self.epochs!r}"
            )
        # The optimizer must know all variables before some of them are frozen.
        trainable_layers(self.model, "all")
        variables, optimizer = self.model.trainable_variables, self.model.optimizer
        if not optimizer.built:
            optimizer.build(variables)
        known = {id(variable) for variable in optimizer._trainable_variables}
        if any(id(variable) not in known for variable in variables):
            raise ValueError(
                "The classifier was trained before with frozen layers, which its "
                "optimizer does not know. Compile it again to unfreeze them."
            )
        self._unfrozen = None

    def on_epoch_begin(self, epoch, logs=None):
        count = count_layers(self.model.encoder)
        each = self.epochs
        if not isinstance(each, list):
            each = [each] * count
        unfrozen = min(count, sum(epoch >= e for e in itertools.accumulate(each)))
        if unfrozen != self._unfrozen:
            self._unfrozen = unfrozen
            trainable_layers(self.model, unfrozen or "head")
            self.model.make_train_function(force=True)


def _layers_with_weights(network):
    """Layers of a network from the bottom, with nested networks expanded in place."""
    inner = getattr(network, "layers", None)
    if inner is None:
        return [network] if network.weights else []
    return [layer for one in inner for layer in _layers_with_weights(one)]
