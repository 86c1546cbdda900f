"""A softmax head on an encoder."""

from typing import Literal

import keras
import tensorflow as tf
from keras import ops

from tfae import networks
from tfae.arguments import check_choice, check_integers, is_real
from tfae.evaluation.measures import classification_errors
from tfae.layers import AsVectors
from tfae.layers.own_layers import OwnLayers
from tfae.layers.vectors import WAYS as CODES
from tfae.models import call_options, checks, labels
from tfae.models.checks import allow_export, check_shape, check_trained
from tfae.models.presets import Presets
from tfae.models.python_batches import (
    Given,
    as_array,
    for_keras,
    is_of_python,
    uncounted,
)
from tfae.models.quantization import Quantization
from tfae.models.signatures import Signature
from tfae.types import Config, History, Layer, Regularizer, Shape, TensorLike


@keras.saving.register_keras_serializable(package="tfae")
class Classifier(OwnLayers, Presets, Quantization, keras.Model):
    """An encoder and a softmax layer on its codes: p(class | x) = softmax(f(x) V + d).

    `tfae.fine_tuning.classifier` makes one from a trained autoencoder.

    Args:
        encoder: Keras model or layer from inputs to codes.
        num_classes: Integer > 1, number of classes.
        encoder_rate: Float in (0, 1], the encoder's learning rate as a share of the
            head's, which is that of the optimizer. Defaults to 1.
        kernel_regularizer: Regularizer of the softmax layer's kernel, or `None`.
        codes: How codes of several axes, such as feature maps, become vectors:
            `"flatten"`, or `"average"` or `"max"` over all axes but the last.
        **kwargs: `name`, `dtype` and `trainable`, as for `keras.Model`.

    Call arguments:
        inputs: Tensor of shape `(batch, ...)`.
        training: Boolean, whether layers such as dropout are active.

    Returns:
        Probabilities of the classes, a tensor of shape `(batch, num_classes)`.

    Raises:
        ValueError: If an argument is outside its range, or `fit` or `evaluate` get an
            array of labels outside theirs.
        tf.errors.InvalidArgumentError: If they get a `tf.data.Dataset` with such
            labels.

    Example:
    >>> encoder, _ = tfae.networks.dense(64, [32])
    >>> model = tfae.Classifier(encoder, num_classes=10)
    >>> model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    """

    measures = {"errors": classification_errors}
    reports = {}
    _given = None  # the data of `fit`, while it runs

    def __init__(
        self,
        encoder: Layer,
        num_classes: int,
        encoder_rate: float = 1.0,
        kernel_regularizer: Regularizer | None = None,
        codes: Literal["flatten", "average", "max"] = "flatten",
        **kwargs,
    ) -> None:
        super().__init__(**kwargs)
        if not isinstance(encoder, keras.layers.Layer):
            raise ValueError(
                "`encoder` must be a Keras model or layer. "
                f"Received: encoder={encoder!r} of type {type(encoder).__name__}"
            )
        check_integers(2, num_classes=num_classes)
        if not (is_real(encoder_rate) and 0 < encoder_rate <= 1):
            raise ValueError(
                "`encoder_rate` must be in (0, 1]. "
                f"Received: encoder_rate={encoder_rate}. Freeze the encoder for 0."
            )
        check_choice(CODES, codes=codes)
        self.encoder = encoder
        # Keras' own layers must know the number of axes.
        self._vectors = AsVectors(codes, name="vectors", dtype=self.dtype_policy)
        self.num_classes = int(num_classes)  # not a NumPy integer
        self.encoder_rate = float(encoder_rate)
        self.head = self.own(
            "head",
            keras.layers.Dense,
            self.num_classes,
            "softmax",
            kernel_regularizer=kernel_regularizer,
            name="head",
            dtype=self.dtype_policy,
        )
        self.codes = codes
        self.example_shape = None

    def build(self, input_shape: Shape) -> None:
        self.example_shape = tuple(input_shape[1:])
        codes = networks.build(self.encoder, input_shape)
        self.head.build(self._vectors.compute_output_shape(codes))

    def compute_output_shape(self, input_shape: Shape):
        return (input_shape[0], self.num_classes)

    def call(self, inputs: TensorLike, training: bool = False):
        return self.head(self._vectors(self.encoder(inputs, training=training)))

    def fit(self, x=None, y=None, *args, **kwargs) -> History:
        options = call_options.named(keras.Model.fit, (x, y, *args), kwargs)
        call_options.check_fit(options)
        options["x"], options["y"] = self._checked(options["x"], options["y"])
        given = options.get("validation_data")
        if isinstance(given, (list, tuple)):
            options["validation_data"] = self._checked(*given)
        elif given is not None:
            options["validation_data"] = self._checked(given)[0]
        options["sample_weight"] = as_array(options.get("sample_weight"))
        self._given = Given(options["x"])
        try:
            return check_trained(super().fit(**options))
        finally:
            self._given = None

    def make_train_function(self, force=False):
        if self.train_function is None or force:
            super().make_train_function(force)
            self.train_function = uncounted(
                self.train_function, self._is_counted, self.steps_per_execution
            )

    def _is_counted(self):
        return self._given is None or self._given.is_counted()

    def evaluate(self, x=None, y=None, *args, **kwargs):
        options = call_options.named(keras.Model.evaluate, (x, y, *args), kwargs)
        # Inside `fit`, which has checked them.
        if "_use_cached_eval_dataset" not in options:
            steps = options.get("steps")
            call_options.check_reading(options["x"], steps, name="steps")
            options["x"], options["y"] = self._checked(options["x"], options["y"])
        return super().evaluate(**options)

    def export(self, *args, **kwargs):
        allow_export(self)
        return super().export(*args, **kwargs)

    def _checked(self, x, y=None, *weights):
        """`x` and `y`, once the labels have been checked."""
        checks.check_given(x)
        x, y = as_array(for_keras(x, labels=True)), as_array(y)
        if isinstance(x, tf.data.Dataset):
            x = labels.checked(
                x, self.num_classes, lambda batch: batch[1] if batch[1:] else None
            )
        elif y is not None:
            labels.check(y, self.num_classes)
        elif not is_of_python(x):
            raise ValueError(
                "A classifier is trained with labels. Received: inputs alone. Call "
                "fit(x, labels), with whole numbers from 0."
            )
        return x, y, *map(as_array, weights)

    def train_step(self, data):
        if self.encoder_rate == 1:
            return super().train_step(data)
        if not self.built:
            self.build(tuple(keras.tree.flatten(data)[0].shape))
        variables = self.encoder.trainable_variables
        before = [ops.copy(variable) for variable in variables]
        logs = super().train_step(data)
        # For every optimizer a step is proportional to the learning rate.
        for variable, old in zip(variables, before, strict=True):
            variable.assign(old + self.encoder_rate * (variable - old))
        return logs

    def check_inputs(self, inputs: TensorLike, name: str = "the data") -> None:
        """Raises `ValueError` if the model cannot take an array of examples."""
        check_shape(self, inputs, name)

    def serving_signatures(self) -> Config:
        """Signatures for serving this model: dict from name to `Signature`."""

        def classify(inputs):
            probabilities = self(inputs, training=False)
            classes = ops.argmax(probabilities, axis=-1)
            return {"probabilities": probabilities, "classes": classes}

        def encode(inputs):
            return {"codes": self.encoder(inputs, training=False)}

        shapes = {"inputs": self.example_shape}
        return {
            "serving_default": Signature(classify, shapes),
            "classify": Signature(classify, shapes),
            "encode": Signature(encode, shapes),
        }

    def serving_examples(self, inputs: TensorLike) -> Config:
        """Example values for the inputs of the signatures, by name, for `inputs`."""
        return {"inputs": inputs}

    def get_config(self) -> Config:
        return {
            **super().get_config(),
            "encoder": keras.saving.serialize_keras_object(self.encoder),
            "num_classes": self.num_classes,
            "encoder_rate": self.encoder_rate,
            "codes": self.codes,
            "kernel_regularizer": keras.regularizers.serialize(
                self.head.kernel_regularizer
            ),
        }

    @classmethod
    def from_config(cls, config: Config, custom_objects: Config | None = None):
        encoder = keras.saving.deserialize_keras_object(
            config["encoder"], custom_objects
        )
        return cls(**{**config, "encoder": encoder})
