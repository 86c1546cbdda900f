"""One stage of a stack as a separate model with the stack's optimizer."""

import functools
import inspect

import keras
from keras import ops

from tfae import models, networks
from tfae.arguments import is_real
from tfae.layers import TiedDense
from tfae.models import randomness
from tfae.models.optimizers import inner
from tfae.networks import codes_and_switches
from tfae.objects import from_dict

LEARNERS = (
    "A learner must be a model of tfae that takes an encoder and a decoder, such as "
    "SparseAutoencoder."
)


class Phase:
    """One stage of a stack as a learner, used for the training steps of the stack.

    Args:
        model: `LayerwiseAutoencoder`, compiled.
        index: Integer, index of the stage in `stages`.
        learner: As for `GreedyPretraining`.
        loss: Reconstruction loss.
        tie_weights: Boolean, whether the decoder of the learner is tied.
        learning_rate: Learning rate of the stack's optimizer after the phase.
    """

    def __init__(self, model, index, learner, loss, tie_weights, learning_rate):
        self.number = index + 1
        self.model, self._learning_rate = model, learning_rate
        self.encoder, decoder = model.stages[index]
        self.below = [encoder for encoder, _ in model.stages[:index]]
        self._untied = None
        if tie_weights and not isinstance(decoder, TiedDense):
            _check_dense(self.number, self.encoder, decoder)
            self._untied, decoder = decoder, _Tied(self.encoder, decoder)
        self.learner = _make(learner)(self.encoder, decoder)
        shape = (None, *model.example_shape)
        for layer in self.below:
            shape, _ = codes_and_switches(networks.build(layer, shape))
        self._check(tuple(shape))
        self.learner.build(shape)
        own = {id(one) for layer in (self.encoder, decoder) for one in layer.weights}
        self._state = [one for one in self.learner.weights if id(one) not in own]
        if any(one.trainable for one in self._state):
            raise ValueError(
                f"The learner of layer {self.number} must train the layers it is given "
                "and no others. Received: one with weights of its own"
            )
        # The optimizer belongs to the stack, so that its state is saved with it.
        self.learner.compile(model.optimizer, loss, auto_scale_loss=False)
        states = randomness.states(self.learner).values()
        self._seeds = [(state, int(state.numpy()[0])) for state in states]

    def state(self):
        """State of the learner outside its layers, such as a running mean, by name."""
        return {f"phase_{self.number}_{i}": one for i, one in enumerate(self._state)}

    def start_epoch(self, epoch):
        """Seeds the noise by the epoch, so that a resumed epoch is reproducible."""
        for state, seed in self._seeds:
            state.assign([seed + epoch, 0])
        for name, variable in self.state().items():
            if name in self.model.restored_state:
                variable.assign(self.model.restored_state.pop(name))

    def leave(self):
        """Restores the stack without phases when its `fit` ends in this one."""
        self.model.phase = None
        self.model.train_function = self.model.test_function = None
        renew(self.model.optimizer, self._learning_rate)

    def unroll(self):
        """Copies the kernel of the tied learner to an untied decoder layer."""
        if self._untied is not None:
            self._untied.kernel.assign(ops.transpose(self.encoder.kernel))

    def prepare(self, data):
        hidden = self._hidden(data)
        return self.learner.prepare(hidden) if self.learner.steps_in_parts else hidden

    def update(self, batch):
        if self.learner.steps_in_parts:
            return self.learner.update(batch)
        return self.learner.train_step(batch)

    def test_step(self, data):
        return self.learner.test_step(self._hidden(data))

    def _hidden(self, data):
        """The batch encoded by the stages below, which are not trained."""
        inputs, targets, sample_weight = keras.utils.unpack_x_y_sample_weight(data)
        for layer in self.below:
            inputs, _ = codes_and_switches(layer(inputs))
            if targets is not None:
                targets, _ = codes_and_switches(layer(targets))
        return inputs, targets, sample_weight

    def _check(self, shape):
        ours = isinstance(self.learner, models.Autoencoder)
        outputs = ours and tuple(self.learner.compute_output_shape(shape))
        if outputs != shape:
            size = f"{shape[1]} features" if len(shape) == 2 else f"shape {shape[1:]}"
            raise ValueError(
                f"The learner of layer {self.number} must be an autoencoder of {size}. "
                f"Received: {type(self.learner).__name__}"
                + (f" with outputs of shape {outputs}" if ours else "")
            )


def _check_dense(number, *stage):
    if not all(isinstance(layer, keras.layers.Dense) for layer in stage):
        raise ValueError(
            "`tie_weights` takes stages of dense layers. Received: stage "
            f"{number} of {' and '.join(type(layer).__name__ for layer in stage)}. "
            "Tie the weights of the stack itself."
        )


class _Tied(TiedDense):
    """Tied to an encoder layer, with the bias of an untied decoder layer."""

    def __init__(self, encoder, decoder):
        super().__init__(
            encoder, decoder.activation, dtype=decoder.dtype_policy, name=decoder.name
        )
        self.bias = decoder.bias

    def build(self, input_shape):
        pass


def _make(learner):
    """A function of an encoder and a decoder from a `learner` argument."""
    if learner is None:
        return models.Autoencoder
    if isinstance(learner, dict):
        return functools.partial(_from_dict, learner)
    if isinstance(learner, type):
        return _class(learner)
    if callable(learner):
        return learner
    raise ValueError(
        "`learner` must be a class, a function of an encoder and a decoder, or a dict "
        f"of class_name and config. Received: learner={learner!r}"
    )


def _from_dict(learner, encoder, decoder):
    kinds = {name: getattr(models, name) for name in models.__all__}
    kinds = {
        name: functools.partial(kind, encoder, decoder)
        for name, kind in kinds.items()
        if _takes_networks(kind)
    }
    return from_dict(learner, kinds, "learner", hint=LEARNERS)


def _class(model_class):
    if not _takes_networks(model_class):
        raise ValueError(f"{LEARNERS} Received: {model_class!r}")
    return model_class


def _takes_networks(kind):
    """Whether a class makes autoencoders from an encoder and a decoder."""
    parameters = inspect.signature(kind).parameters
    return issubclass(kind, models.Autoencoder) and "encoder" in parameters


def renew(optimizer, learning_rate):
    """Resets an optimizer to its initial state and sets a learning rate."""
    if optimizer.built:
        fresh = type(optimizer).from_config(optimizer.get_config())
        fresh.build(optimizer._trainable_variables)
        for variable, initial in zip(optimizer.variables, fresh.variables, strict=True):
            variable.assign(initial)
    if is_real(learning_rate):
        inner(optimizer).learning_rate = learning_rate
