"""The conditional variational autoencoder."""

import keras
import numpy as np
import tensorflow as tf
from keras import ops

from tfae.arguments import check_integers
from tfae.evaluation.measures import conditional_errors
from tfae.models import gaussian_codes, labels
from tfae.models.batch import Batch
from tfae.models.python_batches import for_keras
from tfae.models.randomness import EVALUATION_SEED
from tfae.models.signatures import Signature, score_signatures
from tfae.models.variational_autoencoder import VariationalAutoencoder
from tfae.types import Config, History, Layer, Shape, Tensor, TensorLike


@keras.saving.register_keras_serializable(package="tfae")
class ConditionalVAE(VariationalAutoencoder):
    """A variational autoencoder of x given its class or another condition c.

    Encoder and decoder both receive c: q(z | x, c) and p(x | z, c). The codes hold the
    information that c lacks, and `sample` generates examples of the requested class.
    Inputs are pairs (x, c): `fit((x, labels))` reconstructs x.

    Reference:
        Sohn, Lee & Yan, "Learning Structured Output Representation using Deep
        Conditional Generative Models", NIPS 2015.

    Args:
        encoder: Keras model from `[inputs, conditions]` to a pair of tensors, the mean
            and the log-variance, such as `tfae.networks.variational` makes with
            `condition_dim`.
        decoder: Keras model from `[codes, conditions]` to the parameters of the
            likelihood.
        num_classes: Integer > 1 if conditions are labels from 0, `(batch,)`, which are
            one-hot encoded for the networks; `None` if they are vectors `(batch,
            features)`, which are passed unchanged.
        **kwargs: As for `tfae.VariationalAutoencoder`.

    Call arguments:
        inputs: Pair of tensors, `(batch, ...)` and the conditions.
        training: Boolean, whether codes are drawn.

    Returns:
        The mean of p(x | z, c), a tensor of the shape of the first of `inputs`.

    Raises:
        ValueError: As for `tfae.VariationalAutoencoder`; if labels are out of range, or
            inputs are not pairs.
        tf.errors.InvalidArgumentError: In `fit`, `evaluate` and `predict`, if labels of
            a `tf.data.Dataset` are out of range.

    Example:
    >>> networks = tfae.networks.variational(64, [32], latent_dim=2, condition_dim=10)
    >>> model = tfae.ConditionalVAE(*networks, num_classes=10)
    >>> model.compile(optimizer="adam")
    >>> x, labels = np.random.rand(100, 64), np.arange(100) % 10
    >>> history = model.fit((x, labels), epochs=2, verbose=0)
    >>> model.sample(3, 7, seed=1).shape
    TensorShape([3, 64])
    """

    measures = {"errors": conditional_errors}
    reports = {}  # plots would depend on the condition
    takes_pairs = True

    def __init__(self, encoder: Layer, decoder: Layer, num_classes=None, **kwargs):
        super().__init__(encoder, decoder, **kwargs)
        if num_classes is not None:
            check_integers(2, num_classes=num_classes)
            num_classes = int(num_classes)  # not a NumPy integer
        self.num_classes = num_classes
        self.condition_shape = None

    def told_input_shape(self):
        known = getattr(self.encoder, "inputs", None)
        if not isinstance(known, list) or len(known) != 2:
            return None
        shape, conditions = (tuple(one.shape) for one in known)
        shapes = [shape, (None,) if self.num_classes is not None else conditions]
        return None if None in (*shape[1:], *conditions[1:]) else shapes

    def build(self, input_shape: Shape) -> None:
        shape, conditions = input_shape
        self.example_shape = tuple(shape[1:])
        self.condition_shape = tuple(conditions[1:])
        if self.num_classes is not None:
            self.condition_shape = ()  # also for a column of labels
        gaussian_codes.build(self, *self._shapes_of_networks(input_shape))

    def compute_output_shape(self, input_shape: Shape):
        return gaussian_codes.output_shape(self, *self._shapes_of_networks(input_shape))

    def _shapes_of_networks(self, input_shape):
        """Shapes of the inputs and the conditions for the networks."""
        shape, conditions = input_shape
        if self.num_classes is not None:
            conditions = (None, self.num_classes)
        return tuple(shape), tuple(conditions)

    def decode(self, codes: TensorLike, conditions: TensorLike) -> Tensor:
        """Means of p(x | z, c) at `codes` and `conditions`, `(batch, ...)` each."""
        return self._outputs(self._parameters(codes, (None, conditions), False))

    def sample(self, count: int, conditions, seed: int | None = None) -> Tensor:
        """Decodes `count` codes drawn from the prior.

        Args:
            count: Positive integer.
            conditions: One condition for all, such as a label, or an array of `count`.
            seed: Integer for reproducible draws, or `None` for new draws at each call.

        Returns:
            Tensor of shape `(count, ...)`: means of p(x | z, c).
        """
        if self.num_classes is not None:
            self._check_labels(conditions)
            conditions = np.ravel(conditions)
        codes = self.sample_codes(count, seed)
        shape = (count, *self.condition_shape)
        return self.decode(codes, np.broadcast_to(np.asarray(conditions), shape))

    def fit(self, x=None, y=None, *args, **kwargs) -> History:
        x = self._check(x)
        return super().fit(x, _first(x, y), *args, **kwargs)

    def evaluate(self, x=None, y=None, *args, **kwargs):
        x = self._check(x)
        return super().evaluate(x, _first(x, y), *args, **kwargs)

    def predict(self, x, *args, **kwargs):
        return super().predict(self._check(x), *args, **kwargs)

    def train_on_batch(self, x, *args, **kwargs):
        return super().train_on_batch(self._check(x), *args, **kwargs)

    def test_on_batch(self, x, *args, **kwargs):
        return super().test_on_batch(self._check(x), *args, **kwargs)

    def predict_on_batch(self, x):
        return super().predict_on_batch(self._check(x))

    def serving_signatures(self) -> Config:
        def reconstruct(inputs, conditions):
            return {"reconstruction": self((inputs, conditions))}

        def encode(inputs, conditions):
            return {"codes": self.encode((inputs, conditions))}

        def decode(codes, conditions):
            return {"reconstruction": self.decode(codes, conditions)}

        def sample(noise, conditions):
            return {"samples": self.decode(noise, conditions)}

        conditions = {"conditions": self.condition_shape}
        examples = {"inputs": self.example_shape, **conditions}
        return {
            "serving_default": Signature(reconstruct, examples),
            "encode": Signature(encode, examples),
            "decode": Signature(decode, {"codes": self.code_shape, **conditions}),
            **score_signatures(self, **examples),
            "sample": Signature(sample, {"noise": self.code_shape, **conditions}),
        }

    def serving_examples(self, inputs: TensorLike) -> Config:
        """As for any model; the conditions are the classes in turn, or zeros."""
        conditions = np.zeros((len(inputs), *self.condition_shape), "float32")
        if self.num_classes is not None:
            conditions += np.arange(len(inputs)) % self.num_classes
        return {
            "inputs": inputs,
            "conditions": conditions,
            "codes": self.encode((inputs, conditions)),
            "noise": self.sample_codes(len(inputs), EVALUATION_SEED),
        }

    def get_config(self) -> Config:
        return {**super().get_config(), "num_classes": self.num_classes}

    def _unpack(self, data):
        batch = Batch.of(data)
        if not self.built:
            self.build([tuple(one.shape) for one in batch.inputs])
        return self.filled(batch)

    def _targets(self, batch):
        return batch.inputs[0] if batch.targets is None else batch.targets

    def _encoded(self, inputs, training):
        return self.encoder(self._told(*_pair(inputs)), training=training)

    def _parameters(self, codes, inputs, training):
        return self.decoder(self._told(codes, inputs[1]), training=training)

    def _told(self, values, conditions):
        """Values with their conditions, in the form the networks take."""
        if self.num_classes is not None:
            symbolic = isinstance(conditions, keras.KerasTensor)
            if not (symbolic or tf.is_symbolic_tensor(conditions)):
                self._check_labels(conditions)
            labelled = ops.reshape(ops.cast(conditions, "int32"), (-1,))
            conditions = ops.one_hot(labelled, self.num_classes)
        # Keras does not accept tensors and arrays together.
        return [ops.convert_to_tensor(one) for one in (values, conditions)]

    def _check(self, x):
        """`x` with checked labels; raises `ValueError` if they are invalid."""
        if isinstance(x := for_keras(x), tf.data.Dataset):
            first = Batch.of(x.element_spec).inputs
            if not isinstance(first, (list, tuple)) or len(first) != 2:
                raise ValueError(
                    "The data set must give inputs and conditions as ((x, c),). "
                    f"Received: {x.element_spec}. Map pairs, lambda x, c: ((x, c),)."
                )
            if self.num_classes is not None:
                x = labels.checked(x, self.num_classes, lambda batch: batch[0][1])
        elif isinstance(x, (np.ndarray, tf.Tensor, list, tuple)):
            _, conditions = _pair(x)
            if self.num_classes is not None:
                self._check_labels(conditions)
        return x

    def _check_labels(self, values):
        if np.ndim(values) > 1 and np.shape(values)[1:] != (1,):
            raise ValueError(
                "With `num_classes` conditions are labels of shape (batch,). Received: "
                f"shape {np.shape(values)}. Flatten them, or use num_classes=None for "
                "one-hot rows."
            )
        labels.check(np.atleast_1d(values), self.num_classes)


def _pair(inputs):
    """Inputs and their conditions; raises `ValueError` if these are missing."""
    if not isinstance(inputs, (list, tuple)) or len(inputs) != 2:
        listed = isinstance(inputs, (list, tuple))
        found = f"{len(inputs)} arrays" if listed else f"shape {inputs.shape} alone"
        raise ValueError(
            f"The inputs lack their conditions. Received: {found}. Give pairs, as in "
            "fit((x, labels)) and encode((x, labels))."
        )
    return inputs


def _first(x, y):
    """The targets `y`, or the first of a pair if there are none."""
    return x[0] if y is None and isinstance(x, (list, tuple)) else y
