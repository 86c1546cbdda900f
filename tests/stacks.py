"""Stacks to pretrain, and what the tests of it have in common."""

import keras
import numpy as np

import tfae
from tfae.layers import MaskingNoise

UNITS = [24, 12, 6]


def new_model(jit_compile=None, optimizer=None, **arguments):
    """Steps are run eagerly, since few are taken, unless `jit_compile` is given."""
    keras.utils.set_random_seed(3)
    arguments = {"activation": "elu", "output_activation": "linear", **arguments}
    model = tfae.StackedAutoencoder(64, UNITS, **arguments)
    model.compile(
        optimizer or keras.optimizers.Adam(0.01),
        "mse",
        run_eagerly=jit_compile is None,
        jit_compile=bool(jit_compile),
    )
    return model


def fit(model, inputs, pretraining, epochs=3, **options):
    options = {"batch_size": 64, "shuffle": False, "verbose": 0, **options}
    callbacks = [*options.pop("callbacks", [])]
    if pretraining is not None:
        callbacks.insert(0, pretraining)
    return model.fit(inputs, epochs=epochs, callbacks=callbacks, **options).history


def kernels(model):
    return [
        [np.array(w) for layer in pair for w in layer.weights] for pair in model.stages
    ]


class Snapshots(keras.callbacks.Callback):
    """The weights of each layer pair at the end of each epoch."""

    def on_train_begin(self, logs=None):
        self.taken = [kernels(self.model)]

    def on_epoch_end(self, epoch, logs=None):
        self.taken.append(kernels(self.model))


def changed(before, after):
    return [
        any((b != a).any() for b, a in zip(*pair, strict=True))
        for pair in zip(before, after, strict=True)
    ]


def noisy(encoder, decoder):
    return tfae.DenoisingAutoencoder(encoder, decoder, MaskingNoise(0.3))


class Stop(Exception):
    """Stands for a kill."""
