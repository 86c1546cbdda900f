"""Training of a model whose loss is a sum of named terms."""

import keras
import tensorflow as tf
from keras import ops

from tfae.models import checks, compiled_steps, directions, randomness
from tfae.models import optimizers as further
from tfae.models.batch import Batch
from tfae.models.given_data import TakesData
from tfae.models.presets import Presets
from tfae.models.python_batches import uncounted
from tfae.models.quantization import Quantization
from tfae.types import Tensor


class NamedTermsModel(
    TakesData, Presets, further.SeveralOptimizers, Quantization, keras.Model
):
    """A Keras model whose loss is the sum of the terms that `loss_terms` returns.

    A training step has two parts: `prepare` draws the random numbers, which XLA does
    slowly on a CPU, and `update` changes the weights. Several steps form one XLA
    program if `compile` requests it.

    A class that trains its parts with separate optimizers lists their names in
    `optimizer_names` and the variables of each in `optimized_variables`; its `update`
    calls `_minimize` once for each. They scale losses, are saved and are restored like
    the optimizer of `compile`.

    Args:
        optimizers: Dict of further optimizers by name. Missing ones are copies of the
            one given to `compile`.
        **kwargs: `name`, `dtype` and `trainable`, as for `keras.Model`.
    """

    term_names = ()

    def __init__(self, optimizers=None, **kwargs):
        super().__init__(**kwargs)
        self.take_optimizers(optimizers)
        self._term_trackers = {
            name: directions.mean(name) for name in (*self.term_names, "regularization")
        }

    def loss_terms(
        self,
        inputs: Tensor,
        targets: Tensor,
        training: bool,
        sample_weight: Tensor | None = None,
    ) -> tuple[Tensor, dict[str, Tensor]]:
        """The outputs and the named terms whose sum is the loss.

        Args:
            inputs: Tensor of shape `(batch, ...)`.
            targets: Tensor of the shape of the outputs.
            training: Boolean.
            sample_weight: Tensor of shape `(batch,)`, or of weights of parts of each
                example, as in `tfae.losses.weights`; or `None`.

        Returns:
            Pair of the outputs and a dict from each of `term_names` to a scalar, its
            mean over the batch.
        """
        raise NotImplementedError

    def prepare(self, data):
        """The `Batch` of a training step, with its random numbers."""
        batch = self._unpack(data)
        if self.optimizer_names:
            with tf.init_scope():  # the first batch may have built the model
                self.build_optimizers()
        if self._num_replicas > 1:
            randomness.spread(self)
        return batch

    def update(self, batch):
        """Trains on a batch that `prepare` returned; returns the logs."""

        def loss_fn():
            outputs, terms = self._all_terms(batch, training=True)
            return sum(terms.values()), (outputs, terms)

        return self._report(batch, *self._minimize(loss_fn, filled=batch.filled))

    def train_step(self, data):
        return self.update(self.prepare(data))

    def test_step(self, data):
        batch = self._unpack(data)
        return self._report(batch, *self._all_terms(batch, training=False))

    def predict_step(self, data):
        checks.check_shape(self, Batch.of(data).inputs, "a batch")
        return super().predict_step(data)

    def make_train_function(self, force=False):
        if self.train_function is not None and not force:
            return
        self.train_function = None
        self.warn_of_lost()
        # A callback may remake the function while `fit` gets stacked batches.
        compiled = self.kept_steps()[1] or compiled_steps.are_used(self)
        super().make_train_function(force)
        self.train_function = uncounted(
            self.train_function, self.is_counted, self.steps_per_execution
        )
        self.build_optimizers()
        if compiled:
            self.train_function = compiled_steps.train_function(
                self.prepare,
                self.update,
                self.steps_per_execution,
                self.train_function,
                self.check_first,
                self.kept_steps,
            )

    def seeded(self, seed):
        """Context in which all draws of the model depend on `seed` alone.

        Args:
            seed: Integer or pair of integers; or `None` for the model's next draws.
        """
        return randomness.seeded(self, seed)

    @property
    def metrics(self):
        found = super().metrics
        return [*found, directions.Directions(found)]

    @property
    def metrics_names(self):
        return [name for name in super().metrics_names if name != directions.NAME]

    def get_metrics_result(self):
        # Keras compares its names with those of the logs, and on several replicas uses
        # it for the figures of all replicas.
        logs = super().get_metrics_result()
        if not self.losses:
            logs.pop("regularization", None)
        return logs

    def load_weights(self, *args, **kwargs):
        if not self.built:
            checks.build_as_told(self)
            self.build_optimizers()  # the file may hold their state
        super().load_weights(*args, **kwargs)

    def get_config(self):
        return {**super().get_config(), **self.optimizers_config()}

    def save_own_variables(self, store):
        super().save_own_variables(store)
        randomness.save(self, store)

    def load_own_variables(self, store):
        if self.compiled and self.optimizer is not None and self.optimizer.built:
            self.build_optimizers()  # the others, before their variables are loaded
        super().load_own_variables(randomness.load(self, store))

    @property
    def steps_in_parts(self):
        """Whether the step is `prepare` and `update`, with no other `train_step`.

        Only such steps can be combined in one XLA program.
        """
        return type(self).train_step is NamedTermsModel.train_step

    @property
    def _num_replicas(self):
        return self.distribute_strategy.num_replicas_in_sync

    def _unpack(self, data):
        batch = Batch.of(data)
        if not self.built:
            self.build(tuple(batch.inputs.shape))
        checks.check_shape(self, batch.inputs, "a batch")
        return self.filled(batch)

    def _targets(self, batch):
        """Targets of a batch; without any, the inputs to be reconstructed."""
        return batch.inputs if batch.targets is None else batch.targets

    def _regularization(self):
        return sum(
            ops.sum(ops.cast(loss, keras.config.floatx())) for loss in self.losses
        )

    def _all_terms(self, batch, training):
        outputs, terms = self.loss_terms(
            batch.inputs,
            self._targets(batch),
            training,
            batch.sample_weight,
            # A subclass whose `loss_terms` does not take a draw draws it in the step.
            **batch.drawn_for(self.loss_terms),
        )
        if set(terms) != set(self.term_names):
            raise ValueError(
                "`loss_terms` must return the terms that `term_names` lists, "
                f"{sorted(self.term_names)}. Received: {sorted(terms)}"
            )
        # In half precision the sum would lose small terms.
        terms = {
            name: ops.cast(term, keras.config.floatx()) for name, term in terms.items()
        }
        if self.losses:
            terms["regularization"] = self._regularization()
        return outputs, terms

    def _minimize(self, loss_fn, variables=None, optimizer=None, filled=None):
        """Runs one step of an optimizer.

        Args:
            loss_fn: Function without arguments that returns the scalar loss and any
                other value, which is passed through.
            variables: List of variables. Defaults to those of the optimizer: all
                trainable ones for the one that `compile` got.
            optimizer: One of `optimizer_names`, or an optimizer. Defaults to the one
                that `compile` got.
            filled: `filled` of the batch.
        """
        if isinstance(optimizer, str):
            if variables is None:
                variables = self.optimized_variables()[optimizer]
            optimizer = self.optimizers[optimizer]
        optimizer = self.optimizer if optimizer is None else optimizer
        with tf.GradientTape() as tape:
            loss, result = loss_fn()
            loss = loss if filled is None else loss * ops.cast(filled, loss.dtype)
            loss = optimizer.scale_loss(loss / self._num_replicas)
        variables = self.trainable_variables if variables is None else variables
        optimizer.apply(tape.gradient(loss, variables), variables)
        return result

    def _report(self, batch, outputs, terms):
        # Weighted by size, so that a partial last batch counts in proportion.
        size = ops.shape(outputs)[0]
        given = (batch.inputs, self._targets(batch), outputs, batch.sample_weight)
        if batch.filled is not None:
            size *= batch.filled
            given = tf.nest.map_structure(
                lambda one: None if one is None else one[:size], given
            )
        self._loss_tracker.update_state(sum(terms.values()), sample_weight=size)
        for name, term in terms.items():
            self._term_trackers[name].update_state(term, sample_weight=size)
        return self.compute_metrics(*given)
