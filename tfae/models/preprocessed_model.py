"""A model that takes raw values and prepares them for an inner model."""

import keras

from tfae import batch_streams, datasets
from tfae.layers import feature_scaling, learned_columns
from tfae.models import checks, protocol
from tfae.models.adversarial_autoencoder import AdversarialAutoencoder
from tfae.models.classifier import Classifier
from tfae.models.given_data import TakesData
from tfae.models.inner_measures import MeasuresInner
from tfae.models.preparing import columns, of_arrays, shapes
from tfae.models.signatures import of_raw
from tfae.models.wrapping_model import WrappingModel
from tfae.types import Config, History, Model, Shape, TensorLike

# The `fit` of models that need only the batches.
WAYS = (TakesData.fit, AdversarialAutoencoder.fit, Classifier.fit, keras.Model.fit)
CHECKED = 100  # rows of a table, to check its types


def _passed_on(name, prepares=False, inverts=False):
    """A method of the inner model, with raw values as inputs or outputs."""

    def get(self):
        method = getattr(self.model, name)

        def call(first, *others, **options):
            first = self.prepared(first) if prepares else first
            found = method(first, *others, **options)
            return self.preprocessing.inverse(found) if inverts else found

        return call

    return property(get, doc=f"As `{name}` of the inner model, of raw values.")


@keras.saving.register_keras_serializable(package="tfae")
class PreprocessedModel(MeasuresInner, WrappingModel):
    """A model of raw values: a preprocessing and an inner model.

    With preprocessing s and an inner model m it computes s⁻¹(m(s(x))). `fit`,
    `evaluate`, `predict`, `encode`, the `.keras` file and every export take raw values,
    such as columns of different units or images of bytes; reconstructions and samples
    are in the same units. The inner model trains with its own loss on the preprocessed
    values, and all terms of the loss refer to these; only `raw_mse`, which
    `tfae.evaluation.measures` adds, is in raw units.

    Args:
        model: A model of this package, or another one with the attributes listed in
            `tfae.models.protocol`.
        preprocessing: A method of `tfae.layers.FeatureScaling`; such a layer, or
            another with `inverse` and `input_signature`; or an adapted
            `keras.layers.Normalization`.
        **kwargs: `name` and `trainable`, as for `keras.Model`.

    Call arguments:
        inputs: Tensor of raw values, `(batch, ...)`, or another structure for the
            preprocessing.
        training: Boolean, whether layers such as dropout are active.

    Returns:
        The output of the inner model, in raw units if it reconstructs its inputs.

    Raises:
        ValueError: If `model` is not such a model, or `preprocessing` has no inverse.

    Example:
    >>> x = np.random.rand(100, 3) * [1, 10, 1000]
    >>> encoder, decoder = tfae.networks.dense(3, [2], output_activation="linear")
    >>> model = tfae.PreprocessedModel(tfae.Autoencoder(encoder, decoder), "standard")
    >>> model.adapt(x)
    >>> model.compile("adam", "mse")
    >>> history = model.fit(x, verbose=0)
    >>> model.predict(x, verbose=0).shape
    (100, 3)
    """

    def __init__(self, model: Model, preprocessing="standard", **kwargs) -> None:
        # Raw values may exceed the range of half precision.
        super().__init__(**{**kwargs, "dtype": keras.config.floatx()})
        protocol.check(model, "`model` is", "Give an autoencoder of tfae.")
        others = ("takes_pairs", "takes_texts", "unwrapped")
        if any(getattr(model, name, False) for name in others):
            raise ValueError(
                "`model` must take one array of numbers. Received: a "
                f"{type(model).__name__}, which takes pairs, texts or raw values."
            )
        if isinstance(preprocessing, str):
            preprocessing = feature_scaling.FeatureScaling(preprocessing)
        elif isinstance(preprocessing, keras.layers.Normalization):
            preprocessing = feature_scaling.of_keras(preprocessing)
        missing = [
            name
            for name in ("inverse", "input_signature")
            if not hasattr(preprocessing, name)
        ]
        if missing:
            raise ValueError(
                "`preprocessing` must be a name, such as standard, or a layer that "
                f"undoes what it does. Received: {preprocessing!r} without "
                f"{' and '.join(missing)}."
            )
        self.model = model
        self.preprocessing = preprocessing
        if model.built:
            self.built = True
        self.take_compiled()

    encode = _passed_on("encode", prepares=True)
    decode = _passed_on("decode", inverts=True)
    sample = _passed_on("sample", inverts=True)
    classify = _passed_on("classify", prepares=True)

    def adapt(self, inputs: TensorLike) -> None:
        """Adapts the preprocessing to raw training examples, also of a stream."""
        of_columns = hasattr(self.preprocessing, "rows")
        if not (of_columns or batch_streams.is_stream(inputs)):
            inputs = self._one_kind(inputs)
        self.preprocessing.adapt(inputs)

    def prepared(self, inputs: TensorLike):
        """Inputs of the inner model for raw inputs of a user."""
        return self.preprocessing(self._one_kind(inputs))

    def unwrapped(self, split):
        """The inner model and a `tfae.datasets.Split` prepared for it."""
        columns = getattr(self.preprocessing, "columns", None)
        names = columns and learned_columns.feature_names(columns)
        names = names or getattr(self.preprocessing, "names", None)
        prepared = datasets.mapped(split, self.prepared)
        return self.model, prepared.with_names(names)

    @property
    def example_shape(self):
        """Shape of an example, or `None` if it consists of several named values."""
        rows = hasattr(self.preprocessing, "rows")
        return None if rows else self.model.example_shape

    @property
    def rebuilds(self) -> bool:
        """Whether the outputs are reconstructions of the inputs."""
        return hasattr(self.model, "decode")

    def told_input_shape(self):
        if hasattr(self.preprocessing, "rows"):
            return None
        of_model = getattr(self.model, "told_input_shape", None)
        return of_model and of_model()

    def fit(self, x=None, y=None, *args, validation_data=None, **kwargs) -> History:
        """As `fit` of the inner model, for raw values."""
        kwargs["validation_data"] = validation_data
        if not self.takes_labels and type(self.model).fit in WAYS:
            return super().fit(x, y, *args, **kwargs)
        # A `fit` of its own gets arrays of prepared values.
        x, y = of_arrays(self, x, y)
        if validation_data is not None:
            kwargs["validation_data"] = of_arrays(self, *validation_data)
        self.model.fit(x, y, *args, **kwargs)
        self.take_compiled()
        self.history = self.model.history
        return self.history

    def _one_kind(self, x):
        if hasattr(self.preprocessing, "rows") and not batch_streams.is_stream(x):
            return columns(self.preprocessing, x)
        return super()._one_kind(x)

    def build(self, input_shape: Shape) -> None:
        if not self.preprocessing.built:
            self.preprocessing.build(input_shape)
        if not self.model.built:
            shape = self.preprocessing.compute_output_shape(input_shape)
            self.model.build(shape)
        self.built = True

    def call(self, inputs: TensorLike, training: bool = False):
        if not self.built:
            self.build(shapes(inputs))
        outputs = self.model(self.preprocessing(inputs), training=training)
        return self.preprocessing.inverse(outputs) if self.rebuilds else outputs

    def compute_output_shape(self, input_shape: Shape):
        shape = self.preprocessing.compute_output_shape(input_shape)
        return self.model.compute_output_shape(shape)

    def inner_data(self, data):
        inputs, targets, weights = keras.utils.unpack_x_y_sample_weight(data)
        if not self.built:
            self.build(shapes(inputs))
        checks.check_shape(self, inputs, "a batch")
        if targets is not None and self.rebuilds and not self.takes_labels:
            targets = self.preprocessing(targets)
        return self.preprocessing(inputs), targets, weights

    def check_inputs(self, inputs: TensorLike, name: str = "the data") -> None:
        """Raises `ValueError` if the model cannot take an array of raw examples."""
        if not hasattr(self.preprocessing, "rows"):  # which takes a table
            checks.check_shape(self, inputs, name)
        if isinstance(inputs, datasets.Images):
            self.model.check_inputs(inputs.mapped(self.prepared), name)
            return
        inputs = inputs[:CHECKED] if hasattr(self.preprocessing, "rows") else inputs
        self.model.check_inputs(keras.ops.convert_to_numpy(self.prepared(inputs)), name)

    def coder(self) -> Model:
        """Keras model from raw inputs to codes, which shares its layers with this."""
        inputs = keras.Input(self.example_shape)
        return keras.Sequential([inputs, self.preprocessing, self.model.coder()])

    def serving_signatures(self) -> Config:
        """Signatures for serving this model: dict from name to `Signature`."""
        return {
            name: of_raw(signature, self.preprocessing)
            for name, signature in self.model.serving_signatures().items()
        }

    def serving_examples(self, inputs: TensorLike) -> Config:
        """Example values for the inputs of the signatures, by name, for `inputs`."""
        raw = self._one_kind(inputs)
        found = self.model.serving_examples(self.preprocessing(raw))
        return {**found, **(raw if isinstance(raw, dict) else {"inputs": raw})}

    def export(self, *args, **kwargs):
        checks.allow_export(self)
        return super().export(*args, **kwargs)

    def get_config(self) -> Config:
        return {
            **super().get_config(),
            "model": keras.saving.serialize_keras_object(self.model),
            "preprocessing": keras.saving.serialize_keras_object(self.preprocessing),
        }

    @classmethod
    def from_config(cls, config: Config, custom_objects: Config | None = None):
        made = {
            name: keras.saving.deserialize_keras_object(config[name], custom_objects)
            for name in ("model", "preprocessing")
        }
        return cls(**{**config, **made})
