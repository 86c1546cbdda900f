"""The spine that every autoencoder of the package stands on."""

import copy

import keras
import tensorflow as tf
from keras import ops

from tfae import compiled_steps, networks
from tfae.layers.tied import retie
from tfae.models.signatures import reconstruction_signatures


@keras.saving.register_keras_serializable(package="tfae")
class Autoencoder(keras.Model):
    """An encoder and a decoder trained to reconstruct their inputs.

    With encoder f and decoder g it minimizes the mean of L(x, g(f(x))), where L is
    the loss given to `compile`. Which autoencoder that is depends on the two
    networks: linear ones under the squared error span the principal subspace, a
    code narrower than the input makes it undercomplete, a wider one overcomplete.

    `fit(x)` reconstructs `x` itself; `fit(noisy, clean)` reconstructs the second
    array from the first. Arrays, `sample_weight`, validation data and `tf.data` work
    as for any Keras model.

    Variants override `loss_terms` and name their terms in `term_names`. The total
    loss is the sum of the terms, and each one is a metric of its own name in `fit`,
    `evaluate` and the history. Regularizers of the layers, where there are any, make
    up a last term, `regularization`.

    Reference:
        Rumelhart, Hinton & Williams, "Learning Internal Representations by Error
        Propagation", 1986; Baldi & Hornik, "Neural Networks and Principal Component
        Analysis", 1989, for the linear case.

    Args:
        encoder: Keras model or layer from inputs to codes.
        decoder: Keras model or layer from codes to outputs of the inputs' shape.
        **kwargs: `name`, `dtype` and `trainable`, as for `keras.Model`.

    Call arguments:
        inputs: Tensor of shape `(batch, ...)`, as the encoder takes it.
        training: Boolean, whether layers such as dropout are active.

    Returns:
        The reconstruction, a tensor of the shape of `inputs`.

    Attributes:
        example_shape, code_shape: Shape of one example and of its code, without the
            batch, once built.
        reports: Names of what `tfae train` shows of the class besides what it shows
            of every model: pictures of `tfae.reporting.PICTURES`.

    Raises:
        ValueError: In training, if the targets do not have the shape of the outputs
            (for instance class labels), or if `compile` got no loss.

    Example:
    >>> encoder, decoder = tfae.networks.dense(64, [32, 8])
    >>> model = tfae.Autoencoder(encoder, decoder)
    >>> model.compile(optimizer="adam", loss="mse")
    >>> history = model.fit(np.random.rand(100, 64), epochs=2, verbose=0)
    >>> model.encode(np.random.rand(5, 64)).shape
    TensorShape([5, 8])
    """

    term_names = ("reconstruction",)
    reports = ()
    draw_ahead = None  # function that `compiled_steps` calls before a step

    def __init__(self, encoder, decoder, **kwargs):
        super().__init__(**kwargs)
        for role, network in (("encoder", encoder), ("decoder", decoder)):
            if not isinstance(network, keras.layers.Layer):
                raise ValueError(
                    f"`{role}` must be a Keras model or layer. "
                    f"Received: {role}={network!r} of type {type(network).__name__}"
                )
        self.encoder = encoder
        self.decoder = decoder
        self.example_shape = self.code_shape = None
        self._term_trackers = {
            name: keras.metrics.Mean(name=name)
            for name in (*self.term_names, "regularization")
        }

    def build(self, input_shape):
        self.example_shape = tuple(input_shape[1:])
        codes = networks.build(self.encoder, input_shape)
        networks.build(self.decoder, codes)
        self.code_shape = tuple(codes[1:])

    def call(self, inputs, training=False):
        codes = self.encoder(inputs, training=training)
        return self.decoder(codes, training=training)

    def encode(self, inputs):
        """Codes of `inputs`, `(batch, ...)`, as at inference, in one batch.

        For arrays larger than memory allows at once use `model.encoder.predict`.
        """
        return self.encoder(inputs, training=False)

    def decode(self, codes):
        """Outputs for `codes`, `(batch, ...)`, as at inference, in one batch."""
        return self.decoder(codes, training=False)

    def loss_terms(self, inputs, targets, training, sample_weight=None):
        """The outputs and the named terms whose sum is the loss.

        Args:
            inputs: Tensor of shape `(batch, ...)`.
            targets: Tensor of the shape of the outputs.
            training: Boolean.
            sample_weight: Tensor of shape `(batch,)`, or `None`.

        Returns:
            Pair of the outputs and a dict from each of `term_names` to a scalar, its
            mean over the batch.
        """
        outputs = self(inputs, training=training)
        return outputs, {
            "reconstruction": self.reconstruction_loss(targets, outputs, sample_weight)
        }

    def reconstruction_loss(self, targets, outputs, sample_weight=None):
        """The loss given to `compile`, as a scalar mean over the batch."""
        if self._compile_loss is None:
            raise ValueError(
                "The model has no reconstruction loss. Pass one to compile(), such "
                'as loss="mse". Received: loss=None'
            )
        self.check_targets(targets, outputs)
        loss = self._compile_loss(targets, outputs, sample_weight)
        # Keras divides a loss by the number of replicas; terms are plain means.
        return loss * self._num_replicas

    @staticmethod
    def check_targets(targets, outputs):
        """Raises `ValueError` if targets do not have the shape of the outputs."""
        if tuple(targets.shape[1:]) != tuple(outputs.shape[1:]):
            raise ValueError(
                "Targets must have the shape of the outputs, since an autoencoder "
                f"reconstructs. Received: targets of shape {tuple(targets.shape)} for "
                f"outputs of shape {tuple(outputs.shape)}. Leave labels out: fit(x) "
                "reconstructs x."
            )

    @property
    def bounds(self):
        """Lowest and highest value that the model can rebuild, or `None`."""
        bounded = networks.output_activation(self.decoder) == "sigmoid"
        return (0, 1) if bounded else None

    def serving_signatures(self):
        """What a server offers of this model: dict from name to `Signature`."""
        return reconstruction_signatures(self, self.example_shape, self.code_shape)

    def serving_examples(self, inputs):
        """Values for the inputs of the signatures, by name, that go with `inputs`."""
        return {"inputs": inputs, "codes": self.encode(inputs)}

    def fit(self, x=None, y=None, *args, **kwargs):
        return super().fit(x, _targets(x, y, kwargs), *args, **kwargs)

    def evaluate(self, x=None, y=None, *args, **kwargs):
        return super().evaluate(x, _targets(x, y, kwargs), *args, **kwargs)

    def train_step(self, data):
        inputs, targets, sample_weight = self._unpack(data)

        def loss_fn():
            outputs, terms = self._all_terms(inputs, targets, sample_weight, True)
            return sum(terms.values()), (outputs, terms)

        outputs, terms = self._minimize(loss_fn)
        return self._report(inputs, targets, sample_weight, outputs, terms)

    def test_step(self, data):
        inputs, targets, sample_weight = self._unpack(data)
        outputs, terms = self._all_terms(inputs, targets, sample_weight, False)
        return self._report(inputs, targets, sample_weight, outputs, terms)

    def make_train_function(self, force=False):
        if self.train_function is not None and not force:
            return
        super().make_train_function(force)
        several = self.jit_compile and self.steps_per_execution > 1
        if several and not self.run_eagerly and self._num_replicas == 1:
            draw = self.draw_ahead
            self.train_function = compiled_steps.train_function(
                self.train_step if draw is None else self.train_on_drawn,
                self.steps_per_execution,
                self.train_function,
                draw,
            )

    def compute_loss(
        self, x=None, y=None, y_pred=None, sample_weight=None, training=True
    ):
        loss = self.reconstruction_loss(x if y is None else y, y_pred, sample_weight)
        return loss + self._regularization()

    def compute_metrics(self, x, y, y_pred, sample_weight=None):
        logs = super().compute_metrics(
            x, x if y is None else y, y_pred, sample_weight=sample_weight
        )
        if not self.losses:
            logs.pop("regularization")
        return logs

    def get_config(self):
        return {
            **super().get_config(),
            "encoder": keras.saving.serialize_keras_object(self.encoder),
            "decoder": keras.saving.serialize_keras_object(self.decoder),
        }

    @classmethod
    def from_config(cls, config, custom_objects=None):
        config = copy.deepcopy(config)  # which Keras takes functional models out of
        if "encoder" in config:
            encoder = keras.saving.deserialize_keras_object(
                config["encoder"], custom_objects
            )
            decoder = retie(config["decoder"], encoder)
            config["encoder"] = encoder
            config["decoder"] = keras.saving.deserialize_keras_object(
                decoder, custom_objects
            )
        with keras.saving.custom_object_scope(custom_objects or {}):
            return cls(**config)

    def save_own_variables(self, store):
        super().save_own_variables(store)
        for index, state in enumerate(self._seed_states):
            store[f"seed_state_{index}"] = state

    def load_own_variables(self, store):
        names = list(store.keys())
        drawn = [name for name in names if name.startswith("seed_state_")]
        super().load_own_variables({n: store[n] for n in names if n not in drawn})
        if drawn:
            for index, state in enumerate(self._seed_states):
                state.assign(store[f"seed_state_{index}"])

    @property
    def _seed_states(self):
        """States of the random generators in all layers, which Keras does not save.

        Without them a reloaded or resumed training would draw other random numbers.
        """
        weights = {id(weight) for weight in self.weights}
        return [state for state in self.variables if id(state) not in weights]

    @property
    def _num_replicas(self):
        return self.distribute_strategy.num_replicas_in_sync

    def _unpack(self, data):
        inputs, targets, sample_weight = keras.utils.unpack_x_y_sample_weight(data)
        if not self.built:
            self.build(tuple(inputs.shape))
        return inputs, inputs if targets is None else targets, sample_weight

    def _regularization(self):
        return sum(
            ops.sum(ops.cast(loss, keras.config.floatx())) for loss in self.losses
        )

    def _all_terms(self, inputs, targets, sample_weight, training):
        outputs, terms = self.loss_terms(inputs, targets, training, sample_weight)
        if set(terms) != set(self.term_names):
            raise ValueError(
                "`loss_terms` must return the terms that `term_names` lists, "
                f"{sorted(self.term_names)}. Received: {sorted(terms)}"
            )
        # In half precision the sum of terms would lose the small ones.
        terms = {
            name: ops.cast(term, keras.config.floatx()) for name, term in terms.items()
        }
        if self.losses:
            terms["regularization"] = self._regularization()
        return outputs, terms

    def _minimize(self, loss_fn, variables=None, optimizer=None):
        """One optimizer step on `variables`, by default all trainable ones.

        `loss_fn` takes nothing and returns the scalar loss and anything else, which
        is handed back.
        """
        optimizer = self.optimizer if optimizer is None else optimizer
        with tf.GradientTape() as tape:
            loss, result = loss_fn()
            loss = optimizer.scale_loss(loss / self._num_replicas)
        variables = self.trainable_variables if variables is None else variables
        optimizer.apply(tape.gradient(loss, variables), variables)
        return result

    def _report(self, inputs, targets, sample_weight, outputs, terms):
        # Weighted by its size, a partial last batch counts for what it holds.
        batch_size = ops.shape(outputs)[0]
        self._loss_tracker.update_state(sum(terms.values()), sample_weight=batch_size)
        for name, term in terms.items():
            self._term_trackers[name].update_state(term, sample_weight=batch_size)
        return self.compute_metrics(inputs, targets, outputs, sample_weight)


def _targets(inputs, targets, options):
    """The targets, named where Keras would drop the weights of examples without any."""
    weighted = options.get("sample_weight") is not None
    return inputs if targets is None and weighted else targets
