"""Keras networks of the layers of a checkpoint, and the variables of their weights."""

import keras

from tfae import likelihoods
from tfae.layers import SCALES, TiedConv2DTranspose, TiedDense
from tfae.models import (
    Autoencoder,
    Classifier,
    RestrictedBoltzmannMachine,
    VariationalAutoencoder,
)


class Stacker:
    """Makes Keras layers of stored ones, and records the variables of their weights.

    Args:
        layers: List of `StoredLayer`.
        biases: List of the names of the biases of all places, or `None` without bias.
        norms: List of the `Norm` of all places, or `None` without normalization.
        activations: List of the activations of all places.
        epsilon: Epsilon of batch normalization, added to variances.
        normalizes_last: Boolean, whether normalization comes after activations.

    A tied stack has two places for each layer: the encoder's, then the decoder's.
    """

    def __init__(self, layers, biases, norms, activations, epsilon, normalizes_last):
        self.layers, self.biases, self.norms = layers, biases, norms
        self.activations = activations
        self.epsilon, self.normalizes_last = epsilon, normalizes_last
        self._pairs = []  # functions that return weights, and names

    def of(self, start, stop):
        """Keras layers of stored ones, one after the other."""
        made = []
        for index in range(start, stop):
            made += self._of(index)
        return made

    def _of(self, index):
        layer = self.layers[index]
        shaping = []
        if layer.given != layer.before:
            shaping = [_shaping(layer.given)]
        options = {"use_bias": self.biases[index] is not None}
        if layer.family == "dense":
            made = keras.layers.Dense(layer.channels, **options)
        else:
            kinds = {
                "convolution": keras.layers.Conv2D,
                "transposed": keras.layers.Conv2DTranspose,
            }
            made = kinds[layer.family](
                layer.channels, layer.shape[:2], layer.stride, layer.padding, **options
            )
        self._pairs.append((layer.kernel, made, "kernel"))
        return [*shaping, *self._finished(index, made)]

    def undoing(self, owners):
        """Keras layers that mirror all stored layers, with the same kernels."""
        made, count = [], len(self.layers)
        for index, layer in enumerate(reversed(self.layers)):
            place = count + index
            options = {"use_bias": self.biases[place] is not None}
            owner = owners[layer.kernel]
            if layer.family == "dense":
                undone = TiedDense(owner, **options)
            else:
                undone = TiedConv2DTranspose(owner, layer.given[:2], **options)
            made += self._finished(place, undone)
            if layer.given != layer.before:
                made.append(_shaping(layer.before))
        return made

    def _finished(self, place, layer):
        """A layer with its normalization and its activation."""
        if self.biases[place] is not None:
            self._pairs.append((self.biases[place], layer, "bias"))
        activation = keras.activations.get(self.activations[place])
        norm = self.norms[place]
        if norm is None:
            layer.activation = activation
            return [layer]
        normalization = keras.layers.BatchNormalization(
            epsilon=self.epsilon,
            center="beta" in norm.names,
            scale="gamma" in norm.names,
        )
        for part, name in norm.names.items():
            self._pairs.append((name, normalization, part))
        if self.normalizes_last:
            layer.activation = activation
            return [layer, normalization]
        return [layer, normalization, keras.layers.Activation(activation)]

    def head(self, layer):
        """Uses an existing layer as the last one."""
        self._pairs.append((self.layers[-1].kernel, layer, "kernel"))
        if self.biases[-1] is not None:  # or it keeps its zeros
            self._pairs.append((self.biases[-1], layer, "bias"))

    def owners(self):
        """Dict from the names of kernels to the layers that have them."""
        return {name: layer for name, layer, part in self._pairs if part == "kernel"}

    def assignments(self):
        """List of pairs of a name and a weight."""
        return [(name, getattr(layer, part)) for name, layer, part in self._pairs]


def plain(stacker, code):
    """An autoencoder; the first `code` layers are the encoder."""
    layers, count = stacker.layers, len(stacker.layers)
    return Autoencoder(
        _chain(layers[0].before, stacker.of(0, code), "encoder"),
        _chain(layers[code].before, stacker.of(code, count), "decoder"),
    )


def tied(stacker, kind=Autoencoder):
    """An autoencoder whose decoder uses the kernels of its encoder."""
    layers = stacker.layers
    encoder = _chain(layers[0].before, stacker.of(0, len(layers)), "encoder")
    undoing = stacker.undoing(stacker.owners())
    return kind(encoder, _chain(layers[-1].after, undoing, "decoder"))


def boltzmann_machine(stacker):
    """A restricted Boltzmann machine of one layer."""
    return tied(stacker, RestrictedBoltzmannMachine)


def classifier(stacker):
    """A classifier whose head is the last layer."""
    layers, last = stacker.layers, len(stacker.layers) - 1
    encoder = _chain(layers[0].before, stacker.of(0, last), "encoder")
    model = Classifier(encoder, layers[last].channels)
    model.build((None, *layers[0].before))
    stacker.head(model.head)
    return model


def variational(stacker, scale, mean):
    """A variational autoencoder.

    Args:
        stacker: `Stacker`.
        scale: Output of the scale head, one of `tfae.layers.SCALES`.
        mean: Name of the kernel of the mean head.
    """
    layers, count = stacker.layers, len(stacker.layers)
    heads = [index for index, layer in enumerate(layers) if layer.is_head]
    for index in heads:
        if layers[index].kernel != mean:
            stacker.activations[index] = SCALES[scale]
    inputs = values = keras.Input(layers[0].before)
    for layer in stacker.of(0, heads[0]):
        values = layer(values)
    codes = []
    for index in sorted(heads, key=lambda index: layers[index].kernel != mean):
        code = values
        for layer in stacker.of(index, index + 1):
            code = layer(code)
        codes.append(code)
    encoder = keras.Model(inputs, codes, name="encoder")
    decoder = _chain(
        layers[heads[-1]].after, stacker.of(heads[-1] + 1, count), "decoder"
    )
    last = keras.activations.get(stacker.activations[-1])
    likelihood = likelihoods.Gaussian()
    if last is keras.activations.sigmoid:
        likelihood = likelihoods.Bernoulli(from_logits=False)
    return VariationalAutoencoder(encoder, decoder, likelihood)


def _chain(shape, layers, name):
    return keras.Sequential([keras.Input(shape), *layers], name=name)


def _shaping(shape):
    if len(shape) == 1:
        return keras.layers.Flatten()
    return keras.layers.Reshape(shape)
