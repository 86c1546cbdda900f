"""The base class of all autoencoders."""

import copy
from contextlib import nullcontext

import keras

from tfae import losses, networks
from tfae.evaluation.measures import errors
from tfae.layers.pairs import revive_pair, serialize_pair
from tfae.models import checks, network_checks, ranges
from tfae.models.named_terms_model import NamedTermsModel
from tfae.models.signatures import by_name, reconstruction_signatures
from tfae.reporting import convolutions, pictures
from tfae.types import Config, Layer, Model, Shape, Tensor, TensorLike


@keras.saving.register_keras_serializable(package="tfae")
class Autoencoder(NamedTermsModel):
    """An encoder and a decoder trained to reconstruct their inputs.

    With encoder f and decoder g it minimizes the mean of L(x, g(f(x))), where L is
    the loss given to `compile`. The two networks determine the kind of autoencoder:
    linear networks under the squared error span the principal subspace; a code narrower
    than the input makes it undercomplete, a wider code overcomplete.

    `fit(x)` reconstructs `x` itself; `fit(noisy, clean)` reconstructs the second
    array from the first. Arrays, `sample_weight`, validation data and `tf.data` work
    as for any Keras model. Weights of examples multiply every term of the loss. Weights
    of parts of examples, such as time steps, pixels or missing features, multiply only
    the reconstruction, since a divergence or a penalty is one number per example.

    Variants override `loss_terms` and name their terms in `term_names`. The total
    loss is the sum of the terms, and each term is a metric of the same name in `fit`,
    `evaluate` and the history. Regularizers of the layers, if any, add a last term,
    `regularization`.

    Reference:
        Rumelhart, Hinton & Williams, "Learning Internal Representations by Error
        Propagation", 1986; Baldi & Hornik, "Neural Networks and Principal Component
        Analysis", 1989, for the linear case.

    Args:
        encoder: Keras model or layer from inputs to codes.
        decoder: Keras model or layer from codes to outputs of the inputs' shape.
        optimizers: Dict of further optimizers by name, for a class that lists their
            `optimizer_names`; missing ones are copies of the one given to `compile`.
        **kwargs: `name`, `dtype` and `trainable`, as for `keras.Model`.

    Call arguments:
        inputs: Tensor of shape `(batch, ...)`, as the encoder takes it.
        training: Boolean, whether layers such as dropout are active.

    Returns:
        The reconstruction, a tensor of the shape of `inputs`.

    Attributes:
        example_shape, code_shape: Shape of an example and of its code, once built.
        measures: Dict of measurements by name: functions of the model, a
            `tfae.datasets.Part` and its image shape that return figures by name.
            `errors` are measured on the validation and the test part, others on the
            test part.
        reports: Dict of plots by name: functions of the model, a `tfae.datasets.Split`
            and a title that return a figure, or `None`.

    Raises:
        ValueError: If the shapes of the networks do not match; in training, if targets
            do not have the shape of the outputs (for instance class labels) or have
            values outside the domain of the loss, or if `compile` got no loss.

    Example:
    >>> encoder, decoder = tfae.networks.dense(64, [32, 8])
    >>> model = tfae.Autoencoder(encoder, decoder)
    >>> model.compile(optimizer="adam", loss="mse")
    >>> history = model.fit(np.random.rand(100, 64), epochs=2, verbose=0)
    >>> model.encode(np.random.rand(5, 64)).shape
    TensorShape([5, 8])
    """

    term_names = ("reconstruction",)
    measures = {"errors": errors}
    reports = {
        "reconstructions": pictures.reconstructions,
        "codes": pictures.codes,
        "filters": convolutions.filters,
        "feature_maps": convolutions.feature_maps,
        "unpooling": convolutions.unpooling,
    }
    likelihood = None  # set by models with a density
    target_activation = None  # of code units, if training aims at one
    takes_switches = True  # with the codes, if the encoder returns them

    def __init__(
        self, encoder: Layer, decoder: Layer, optimizers: Config | None = None, **kwargs
    ) -> None:
        super().__init__(optimizers, **kwargs)
        for role, network in (("encoder", encoder), ("decoder", decoder)):
            if not isinstance(network, keras.layers.Layer):
                raise ValueError(
                    f"`{role}` must be a Keras model or layer. "
                    f"Received: {role}={network!r} of type {type(network).__name__}"
                )
        self.encoder = encoder
        self.decoder = decoder
        self.example_shape = self.code_shape = None
        self.switch_shapes = ()

    def build(self, input_shape: Shape) -> None:
        self.example_shape = tuple(input_shape[1:])
        network_checks.check_inputs(self.encoder)
        encoded = networks.build(self.encoder, input_shape)
        codes, switches = networks.codes_and_switches(encoded)
        network_checks.check_codes(self.encoder, switches, self.decoder)
        outputs = networks.build(self.decoder, encoded)
        network_checks.check_outputs(self, outputs, self.example_shape)
        network_checks.allow_switches(self, switches)
        self.code_shape = tuple(codes[1:])
        self.switch_shapes = tuple(tuple(shape[1:]) for shape in switches)

    def call(self, inputs: TensorLike, training: bool = False):
        encoded = self.encoder(inputs, training=training)
        return self.decoder(encoded, training=training)

    def compute_output_shape(self, input_shape: Shape):
        encoded = networks.build(self.encoder, input_shape)
        return networks.build(self.decoder, encoded)

    def encode(self, inputs: TensorLike) -> Tensor:
        """Codes of `inputs`, `(batch, ...)`, as at inference, in one batch.

        `tfae.evaluation.encode` does the same in batches. Codes can differ from the
        outputs of the encoder: some classes keep only the largest ones, or sample.
        """
        checks.check_shape(self, inputs, "a batch")
        return networks.codes_and_switches(self.encoder(inputs, training=False))[0]

    def decode(self, codes: TensorLike, *switches) -> Tensor:
        """Outputs for `codes`, `(batch, ...)`, and for switches if there are any."""
        network_checks.check_switches(self, switches)
        return self.decoder([codes, *switches] if switches else codes, training=False)

    def encode_switches(self, inputs: TensorLike):
        """List of the switches that `decode` takes with the codes; usually empty."""
        if not self.built:
            self.build(tuple(inputs.shape))
        if not self.switch_shapes:
            return []
        return networks.codes_and_switches(self.encoder(inputs, training=False))[1]

    def loss_terms(self, inputs, targets, training, sample_weight=None):
        outputs = self(inputs, training=training)
        return outputs, {
            "reconstruction": self.reconstruction_loss(targets, outputs, sample_weight)
        }

    def reconstruction_loss(self, targets, outputs, sample_weight=None) -> Tensor:
        """The loss given to `compile`, as a scalar mean over the batch."""
        if self._compile_loss is None:
            raise ValueError(
                "The model has no reconstruction loss. Pass one to compile(), such "
                'as loss="mse". Received: loss=None'
            )
        self.check_targets(targets, outputs)
        loss = losses.weighted_loss(
            self._compile_loss, self.loss, targets, outputs, sample_weight
        )
        # Keras divides a loss by the number of replicas; terms are plain means.
        return loss * self._num_replicas

    def check_targets(self, targets: TensorLike, outputs: TensorLike) -> None:
        """Raises `ValueError` if targets do not match the outputs."""
        checks.check_targets(targets, outputs, self.loss)

    def check_inputs(self, inputs: TensorLike, name: str = "the data") -> None:
        """Raises `ValueError` if the model cannot take or reconstruct an array.

        Args:
            inputs: Array of shape `(n, ...)`.
            name: Name of the data for the message.
        """
        checks.check_shape(self, inputs, name)
        checks.check_range(self.bounds, inputs, name)

    @property
    def bounds(self):
        """Lowest and highest value that the model can output, or `None`."""
        bounded = networks.output_activation(self.decoder) == "sigmoid"
        return (0, 1) if bounded else None

    def target_range(self):
        return ranges.of_loss(self.loss, self.bounds) if self.compiled else None

    def coder(self) -> Model:
        """Keras model or layer from inputs to the codes that `encode` returns.

        It shares its layers with the model. Classifiers start from it.
        """
        if not self.switch_shapes:
            return self.encoder
        encoder = self.encoder
        return keras.Model(encoder.inputs[0], encoder.outputs[0], name=encoder.name)

    def serving_signatures(self) -> Config:
        """Signatures for serving this model: dict from name to `Signature`."""
        return reconstruction_signatures(
            self, self.example_shape, self.code_shape, self.switch_shapes
        )

    def serving_examples(self, inputs: TensorLike) -> Config:
        """Example values for the inputs of the signatures, by name, for `inputs`."""
        switches = by_name(self.encode_switches(inputs))
        return {"inputs": inputs, "codes": self.encode(inputs), **switches}

    def export(self, *args, **kwargs):
        checks.allow_export(self)
        return super().export(*args, **kwargs)

    def compute_loss(
        self, x=None, y=None, y_pred=None, sample_weight=None, training=True
    ):
        loss = self.reconstruction_loss(x if y is None else y, y_pred, sample_weight)
        return loss + self._regularization()

    def compute_metrics(self, x, y, y_pred, sample_weight=None):
        y = x if y is None else y
        return super().compute_metrics(x, y, y_pred, sample_weight=sample_weight)

    def get_config(self) -> Config:
        encoder, decoder = serialize_pair(self.encoder, self.decoder)
        return {**super().get_config(), "encoder": encoder, "decoder": decoder}

    @classmethod
    def from_config(cls, config: Config, custom_objects: Config | None = None):
        config = copy.deepcopy(config)  # Keras removes functional models from it
        # An empty scope would hide the caller's scope.
        scope = keras.saving.custom_object_scope if custom_objects else nullcontext
        with scope(custom_objects):
            return cls(**cls._revived(config))

    @classmethod
    def _revived(cls, config):
        """A config with nested configs replaced by their objects."""
        if "networks" in config:
            return {**config, "networks": revive_pair(**config["networks"])}
        if "encoder" not in config:
            return config
        encoder, decoder = revive_pair(config["encoder"], config["decoder"])
        return {**config, "encoder": encoder, "decoder": decoder}
