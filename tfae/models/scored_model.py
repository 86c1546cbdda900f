"""Anomaly scores of examples under one or several trained models."""

import keras
import numpy as np
import tensorflow as tf
from keras import ops

from tfae import batch_streams
from tfae.arguments import check_choice, has
from tfae.datasets import Images
from tfae.models import checks, protocol, rows
from tfae.models.anomaly_scores import SCORES
from tfae.models.inner_measures import of_first
from tfae.models.preparing import (
    as_tensors,
    by_columns,
    check_finite,
    inner_of,
    prepared_for,
    preprocessing_of,
    specs_of,
    takes_others,
)
from tfae.models.presets import Presets
from tfae.types import Array, Config, Shape, Tensor, TensorLike


class ScoredModel(Presets, keras.Model):
    """Models and their anomaly score, averaged over the models.

    Args:
        model: As for `tfae.Detector`, like the other arguments.
    """

    def __init__(self, model, score="reconstruction", feature_weights=None, **kwargs):
        super().__init__(**{**kwargs, "dtype": keras.config.floatx()})
        check_choice(tuple(SCORES), score=score)
        self.members = list(model) if isinstance(model, (list, tuple)) else [model]
        if not self.members:
            raise ValueError("`model` must be a model, or several. Received: none.")
        for one in self.members:
            protocol.check(one, "`model` is", "Give an autoencoder of tfae.")
            if has(inner_of(one), "unwrapped") or takes_others(inner_of(one)):
                raise ValueError(
                    "`model` must take one array of numbers, or be a "
                    f"PreprocessedModel of such. Received: a {type(one).__name__}."
                )
            SCORES[score].check(inner_of(one))
        self.score, self.feature_weights = score, feature_weights
        self._scoring = None

    def build(self, input_shape: Shape | None = None) -> None:
        for one in self.members:
            if not one.built:
                one.build(input_shape)
        inner = [inner_of(one) for one in self.members]
        self.scores = [
            SCORES[self.score](one.example_shape, one.code_shape, self.feature_weights)
            for one in inner
        ]
        shapes = {
            one.example_shape if score.of_features else one.code_shape
            for one, score in zip(inner, self.scores, strict=True)
        }
        if len(shapes) > 1:
            raise ValueError(
                "Scores are averaged over models that explain the same parts. "
                f"Received: models of {' and '.join(map(str, shapes))}."
            )
        self.built = True

    def call(self, inputs: TensorLike):
        return self.scored(inputs)[0]

    def scored(self, inputs: TensorLike):
        """Scores of a batch, `(batch,)`, and contributions, `(batch, ...)`."""
        totals, contributions = [], []
        for one, score in zip(self.members, self.scores, strict=True):
            parts, rest = score.parts(inner_of(one), prepared_for(one, inputs))
            total = ops.sum(parts, axis=tuple(range(1, len(parts.shape))))
            totals.append(total if rest is None else total + rest)
            by_column = score.of_features and self.encoding is not None
            contributions.append(
                by_columns(preprocessing_of(one), parts) if by_column else parts
            )
        return sum(totals) / len(totals), sum(contributions) / len(totals)

    def encode(self, inputs: TensorLike) -> Tensor:
        """Codes of a batch of inputs by the first model."""
        return self.members[0].encode(inputs)

    def raw_errors(self, part):
        """Figures of a part of the data in raw units, for the first model."""
        first = self.members[0]
        return first.raw_errors(part) if has(first, "raw_errors") else {}

    def anomaly_scores(self, x) -> Array:
        """Array of the scores of examples, `(n,)`, high for anomalies.

        Args:
            x: Inputs of the model, in memory or a stream, as a `tf.data.Dataset`.
        """
        return np.concatenate([found[0] for found in self._all_scored(x)])

    def explain(self, x) -> Array:
        """Contributions of features, steps or pixels to the score of an example.

        By column for a table; by code unit for the Mahalanobis distance.

        Returns:
            Array of shape `(n, ...)` that sums to the score, without the divergence of
            `"elbo"`.
        """
        return self.scores_and_contributions(x)[1]

    @property
    def measures(self) -> Config:
        """The measurements of the first model."""
        return of_first(self.members[0].measures)

    @property
    def reports(self) -> Config:
        """The plots of the first model."""
        return of_first(self.members[0].reports)

    @property
    def encoding(self):
        """The `tfae.layers.TableEncoding` of a detector of tables, or `None`."""
        layer = preprocessing_of(self.members[0])
        return layer if hasattr(layer, "rows") else None

    @property
    def feature_names(self):
        """Names of the columns or features of the contributions, or `None`."""
        if self.built and not self.scores[0].of_features:
            return None
        return self.column_names

    @property
    def column_names(self):
        """Names of the columns or features that the model takes, or `None`."""
        return getattr(preprocessing_of(self.members[0]), "names", None)

    @property
    def example_shape(self):
        """Shape of an example, or `None` for several named values."""
        return self.members[0].example_shape

    def check_inputs(self, inputs: TensorLike, name: str = "the data") -> None:
        """Raises `ValueError` if the model cannot take an array of raw examples."""
        if self.encoding is None:
            checks.check_shape(self, inputs, name)
        else:
            self.encoding.rows(inputs)

    def input_signature(self) -> tuple[Config, Config]:
        """Shapes and data types of the served inputs, each a dict by name."""
        preprocessing = preprocessing_of(self.members[0])
        if preprocessing is None:
            return {"inputs": self.example_shape}, {}
        return preprocessing.input_signature(inner_of(self.members[0]).example_shape)

    def of_tensors(self, tensors):
        """A batch of inputs from a tensor for each name of `input_signature`."""
        names = [*self.input_signature()[0]]
        if names == ["inputs"]:
            return tensors[0]
        return dict(zip(names, tensors, strict=True))

    def serving_examples(self, inputs: TensorLike) -> Config:
        """Example values for the inputs of the signatures, by name, for `inputs`."""
        raw = self._taken(inputs)
        return raw if isinstance(raw, dict) else {"inputs": raw}

    def export(self, *args, **kwargs):
        checks.allow_export(self)
        return super().export(*args, **kwargs)

    def _taken(self, x, first=0):
        """Examples as arrays that the members take, or a stream unchanged."""
        if batch_streams.is_stream(x):
            return x
        if self.encoding is not None:
            return self.encoding.rows(x)
        read = isinstance(x, Images)
        x = x if read else np.asarray(x)
        checks.check_kind(x)
        checks.check_shape(self.members[0], x, "a stream" if read else "an array")
        return x if read else check_finite(x, first)

    def _batches(self, x):
        """Examples from `_taken`, in batches that fit into memory."""
        if batch_streams.is_stream(x):
            return rows.checked(x, self.encoding is None, self._taken)
        return rows.batches(x, self.encoding and self.encoding.width)

    def scores_and_contributions(self, x, first: int = 0):
        """Pair of the arrays of `anomaly_scores` and of `explain`.

        Args:
            x: As for `anomaly_scores`.
            first: Integer, index of the first example in messages.
        """
        found = [*self._all_scored(x, first)]
        return [np.concatenate(parts) for parts in zip(*found, strict=True)]

    def _all_scored(self, x, first=0):
        """Yields the arrays of scores and contributions of each batch."""
        x = self._taken(x, first)
        if not self.built:
            raise ValueError(
                "The model must be trained. Received: one that has seen no data. Call "
                "`fit` first."
            )
        if self._scoring is None:
            self._scoring = tf.function(self.scored, reduce_retracing=True)
        for batch in self._batches(x):
            yield [one.numpy() for one in self._scored_batch(as_tensors(batch))]

    def _scored_batch(self, batch):
        # One graph for all batch sizes, including that of the last batch.
        self._scoring.get_concrete_function(specs_of(batch))
        return self._scoring(batch)

    def get_build_config(self):
        return {"built": True} if self.built else None

    def build_from_config(self, config):
        self.build()

    def get_config(self) -> Config:
        weights = self.feature_weights
        return {
            **super().get_config(),
            "model": [keras.saving.serialize_keras_object(m) for m in self.members],
            "score": self.score,
            "feature_weights": weights
            if weights is None or isinstance(weights, str)
            else np.asarray(weights).tolist(),
        }

    @classmethod
    def from_config(cls, config: Config, custom_objects: Config | None = None):
        members = [
            keras.saving.deserialize_keras_object(one, custom_objects)
            for one in config["model"]
        ]
        return cls(**{**config, "model": members})
