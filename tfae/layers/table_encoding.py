"""Encoding of the columns of a table as scaled numbers.

Keras' `FeatureSpace` is not used: it does not impute, so that a missing number becomes
NaN, it computes its statistics in float32, and it has no inverse.
"""

from collections.abc import Mapping

import keras
import numpy as np
from keras import ops

from tfae.arguments import check_choice
from tfae.datasets.column_names import named
from tfae.datasets.frames import columns_of
from tfae.datasets.tables import Table, matched
from tfae.layers.learned_columns import SCALINGS, input_names, learned, revived
from tfae.layers.one_hot_texts import OneHotTexts
from tfae.types import Config, Shape, TensorLike

# Scaled numbers are clipped here, far from those of the training part: the squares of
# infinite values would become NaN.
FARTHEST = 1e6


@keras.saving.register_keras_serializable(package="tfae")
class TableEncoding(keras.layers.Layer):
    """The columns of a table as one vector of numbers.

    `adapt` learns the encoding from the training part:

    - A number x becomes (x − m)/s, with the mean m and the standard deviation s of the
    known values, or with their minimum m and range s.
    - A boolean becomes 0 or 1.
    - A category becomes a one-hot vector, with an additional element for all categories
    outside the training part, where it is always 0.
    - A missing number or boolean becomes the mean of its column. Columns with missing
    values in the training part have an additional feature, 1 where a value is missing.
    In other columns a missing value is the same as an average one.
    - A missing category, `""`, is an ordinary category if the training part has missing
    ones, and an unknown one otherwise.

    All scaled numbers, including infinite ones, are clipped to [−10⁶, 10⁶]: the result
    is never NaN.

    Args:
        columns: List of dicts of column statistics, as in the config, or `None` to
            learn them with `adapt`.
        scaling: `"standard"` or `"minmax"`, as above.
        ignored: Names of further columns that tables may have.
        **kwargs: `name` and `dtype`, as for `keras.layers.Layer`.

    Call arguments:
        inputs: Dict of tensors `(batch,)` by the names in `input_names`, of float32 or
            strings, as returned by `rows`.

    Returns:
        Tensor of shape `(batch, width)`.

    Raises:
        ValueError: If a column cannot be used, or columns are missing, unknown, or of
            other types than in the training part.

    Example:
    >>> encoding = tfae.layers.TableEncoding()
    >>> encoding.adapt({"size": [1.0, 3.0, None, 2.0], "sex": ["f", "m", "f", "m"]})
    >>> encoding.names, encoding.groups.tolist()
    (('size', 'sex'), [0, 0, 1, 1, 1])
    >>> encoding(encoding.rows({"sex": ["m", "?"], "size": [2.0, None]})).numpy()
    array([[0., 0., 0., 1., 0.],
           [0., 1., 0., 0., 1.]], dtype=float32)
    """

    def __init__(self, columns=None, scaling="standard", ignored=(), **kwargs) -> None:
        # Half precision has too small a range for numbers in tables.
        super().__init__(autocast=False, **kwargs)
        check_choice(SCALINGS, scaling=scaling)
        self.scaling, self.ignored = scaling, tuple(ignored)
        self.columns = self._texts = None
        if columns is not None:
            self._learn(revived(columns))

    def adapt(self, inputs) -> None:
        """Learns the statistics of the columns of the training part.

        Args:
            inputs: `tfae.datasets.Table`, frame of pandas or polars, dict of arrays, or
                list of dicts.
        """
        table = Table.of(inputs)
        found = learned(table, self.scaling)
        if self.built and found != self.columns:
            raise ValueError(
                "Traced graphs keep the old state of the layer. Received: `adapt` "
                f"on {named(table.columns)} after a call. Make a new layer."
            )
        self._learn(found)
        self.ignored = table.ignored

    @property
    def adapted(self):
        """Whether the layer was adapted."""
        return self.columns is not None

    @property
    def names(self) -> tuple[str, ...]:
        """Tuple of the names of the columns."""
        return tuple(column.name for column in self._known())

    @property
    def kinds(self):
        """Dict from the names to the kinds of the columns, in order."""
        return {column.name: column.kind for column in self._known()}

    @property
    def input_names(self):
        """Tuple of the names of the columns as inputs of a SavedModel."""
        return input_names(self.names)

    @property
    def width(self) -> int:
        """Number of features."""
        return sum(column.features for column in self._known())

    @property
    def groups(self):
        """Array of integers `(width,)`: the index of each feature's column."""
        self._known()
        one_hot = [np.full(self.columns[at].features, at) for at in self._others]
        found = [self._numeric, self._indicated, *one_hot]
        return np.concatenate(found).astype("int64")

    def rows(self, inputs):
        """Dict of arrays `(n,)`, by the names in `input_names`, from a table.

        Args:
            inputs: As for `adapt`. The order of the columns does not matter. A dict or
                list of dicts may also use the names in `input_names`.

        Raises:
            ValueError: If columns are missing, unknown, or of other types.
        """
        names = dict(zip(self.input_names, self.names, strict=True))
        if not isinstance(inputs, Table):
            inputs = columns_of(inputs)
            if names.keys() == inputs.keys():
                inputs = {names[name]: column for name, column in inputs.items()}
        table = matched(inputs, self.kinds, self.ignored, "The table")
        found = {name: table.array(column) for name, column in names.items()}
        with np.errstate(over="ignore"):  # `call` clips infinite values
            return {
                name: array if array.dtype == object else array.astype("float32")
                for name, array in found.items()
            }

    def input_signature(self, example_shape=None) -> tuple[Config, Config]:
        """Shapes of an example and types of the inputs, two dicts by their names."""
        kinds = zip(self.input_names, self._known(), strict=True)
        dtypes = {name: "float32" if c.numeric else "string" for name, c in kinds}
        return dict.fromkeys(dtypes, ()), dtypes

    def build(self, input_shape: Shape) -> None:
        self._known()

    def call(self, inputs):
        import tensorflow as tf

        columns, features = self._given(inputs), []
        if self._numeric:
            values = [ops.cast(columns[at], "float32") for at in self._numeric]
            values = ops.stack(values, axis=-1)
            missing = ops.isnan(values)
            center, spread, mean = self._statistics()
            scaled = ops.clip((values - center) / spread, -FARTHEST, FARTHEST)
            features.append(ops.where(missing, (mean - center) / spread, scaled))
            if self._indicated:
                places = [self._numeric.index(at) for at in self._indicated]
                shown = ops.take(missing, places, axis=-1)
                features.append(ops.cast(shown, "float32"))
        if self._others:
            texts = tf.stack([columns[at] for at in self._others], axis=-1)
            features.append(ops.cast(self._texts(texts), "float32"))
        return ops.cast(ops.concatenate(features, axis=-1), self.compute_dtype)

    def inverse(self, values: TensorLike):
        """The columns encoded by features, as far as they can be recovered.

        Args:
            values: Tensor of shape `(batch, width)`.

        Returns:
            Dict of tensors `(batch,)` by the names of the columns: numbers in their own
            units, booleans as numbers, and the most likely categories.
        """
        values = ops.cast(values, "float32")
        columns, found = self._known(), {}
        if self._numeric:
            center, spread, _ = self._statistics()
            raw = values[:, : len(self._numeric)] * spread + center
            found = {at: raw[:, place] for place, at in enumerate(self._numeric)}
        if self._others:
            texts = values[:, len(self._numeric) + len(self._indicated) :]
            found |= zip(self._others, self._texts.inverse(texts), strict=True)
        return {column.name: found[at] for at, column in enumerate(columns)}

    def compute_output_shape(self, input_shape: Shape):
        return (next(iter(input_shape.values()))[0], self.width)

    def get_config(self) -> Config:
        columns = self.columns and [column.as_config() for column in self.columns]
        return {
            **super().get_config(),
            "columns": columns,
            "scaling": self.scaling,
            "ignored": list(self.ignored),
        }

    def _learn(self, columns):
        self.columns, positions = columns, range(len(columns))
        self._numeric = tuple(at for at in positions if columns[at].numeric)
        self._indicated = tuple(at for at in self._numeric if columns[at].missing)
        self._others = tuple(at for at in positions if not columns[at].numeric)
        texts = tuple(columns[at].categories for at in self._others)
        if texts and (self._texts is None or self._texts.texts != texts):
            self._texts = OneHotTexts(texts)

    def _known(self):
        if self.columns is None:
            raise ValueError(
                "The layer knows no columns yet. Received: a call before `adapt`."
            )
        return self.columns

    def _statistics(self):
        """Arrays of the centers, the spreads and the means."""
        columns = [self.columns[at] for at in self._numeric]
        found = [(one.center, one.spread, one.mean) for one in columns]
        return np.array(found, "float32").T

    def _given(self, inputs):
        """The tensors of the columns, in order."""
        names = self.input_names
        given = inputs if isinstance(inputs, Mapping) else {}
        missing = [name for name in names if name not in given]
        if missing:
            raise ValueError(
                "The layer takes a dict of tensors, one a column. Received: none named "
                f"{named(missing)}. Use `rows` to make it of a table."
            )
        return [given[name] for name in names]
