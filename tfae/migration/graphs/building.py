"""Keras models of the layers read from a TF1 graph."""

import math

import keras

from tfae.layers.sampling import SCALES
from tfae.migration.graphs.keras_layers import KerasLayers
from tfae.migration.graphs.values import Layer, UnreadableError
from tfae.models import Autoencoder, Classifier, VariationalAutoencoder

# Steps that stay with the preceding layer when a model is split at its code.
ATTACHED = ("activation", "affine", "dropout", "reshape")


def build(reading, values, code=None):
    """A compiled model equivalent to a graph, and the tensor of its codes.

    Args:
        reading: `Reading` of the graph.
        values: `Values` of the reconstruction.
        code: Name of the code tensor, or `None` for the drawn one, or else the
            narrowest.

    Returns:
        Triple of the model, the name of the tensor of its codes, and `KerasLayers`.

    Raises:
        ValueError: If a layer exists neither in Keras nor in this package.
    """
    shape, steps = reading.input.shape, list(values.layers)
    if values.shape != shape and values.size == math.prod(shape):
        steps.append(Layer("reshape", tuple(shape)))
    drawn = [at for at, step in enumerate(steps) if step.kind == "sampling"]
    if len(drawn) > 1:
        raise UnreadableError("codes that are drawn more than once")
    made = KerasLayers()
    if values.size != math.prod(shape):
        _check_no_code(code)
        gives = _gives_classes(reading, values)
        return _classifier(made, shape, steps, gives), values.tensor, made
    if drawn:
        _check_no_code(code)
        model = _variational(made, shape, steps, drawn[0])
        place = drawn[0] - 1
    else:
        place = _place_of(steps, code, reading.values)
        encoder = made.network("encoder", shape, steps[: place + 1])
        decoder = made.network("decoder", steps[place].shape, steps[place + 1 :])
        model = Autoencoder(encoder, decoder)
    model.build((None, *shape))
    made.assign()
    model.compile("adam", None if drawn else "mse")
    return model, steps[place].tensor, made


def _variational(made, shape, steps, at):
    step = steps[at]
    ahead, spread = steps[:at], list(step.options["base"].layers)
    shared = 0
    for one, other in zip(ahead, spread, strict=False):
        if one is not other:
            break
        shared += 1
    if not (ahead[shared:] and spread[shared:]):
        raise UnreadableError("a mean and a deviation without separate layers")
    inputs = keras.Input(shape)
    hidden = made.through(inputs, ahead[:shared])
    mean = made.through(hidden, ahead[shared:])
    last = keras.layers.Activation(SCALES[step.options["scale"]], name="log_variance")
    encoder = keras.Model(
        inputs, [mean, last(made.through(hidden, spread[shared:]))], name="encoder"
    )
    rest, likelihood = _likelihood(steps[at + 1 :])
    decoder = made.network("decoder", step.shape, rest)
    return VariationalAutoencoder(encoder, decoder, likelihood)


def _check_no_code(code):
    if code is not None:
        raise ValueError(
            "`code` is for autoencoders whose codes are not random. Received: "
            f"code={code}. Leave it out."
        )


def _gives_classes(reading, values):
    """Whether the graph uses values as class logits, or applies a softmax to them."""
    followers = reading.graph.consumers().get(values.tensor.split(":")[0], ())
    found = {reading.graph.nodes[name].op for name in followers}
    return is_softmax(values.layers[-1]) or any("oftmax" in one for one in found)


def _classifier(made, shape, steps, gives_classes):
    """A classifier that ends with a softmax, with or without one in the graph."""
    if steps and is_softmax(steps[-1]):
        steps = steps[:-1]
    drawn = any(step.kind == "sampling" for step in steps)
    if not gives_classes or len(steps) < 2 or steps[-1].kind != "dense" or drawn:
        raise UnreadableError(
            "outputs that have neither the size of the input nor classes"
        )
    model = Classifier(made.network("encoder", shape, steps[:-1]), steps[-1].shape[0])
    model.build((None, *shape))
    made.give(model.head, steps[-1])
    made.assign()
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def is_softmax(step):
    """Whether a step is a softmax."""
    return step.options.get("name") == "softmax"


def _likelihood(steps):
    """Steps from a code to the parameters of a likelihood, and its name."""
    ends = [at for at, step in enumerate(steps) if step.kind != "reshape"]
    if not ends:
        raise UnreadableError("random numbers as outputs")
    last = ends[-1]
    if steps[last].options.get("name") == "sigmoid":
        return steps[:last] + steps[last + 1 :], "bernoulli"
    return steps, "gaussian"


def _place_of(steps, code, values):
    """Index of the step that computes the code."""
    if code is not None:
        found = values.get(code)  # which may be another name of the same tensor
        layers = getattr(found, "layers", ())
        places = [at for at, step in enumerate(steps) if step in layers[-1:]]
        if not places:
            raise ValueError(
                f"`code` must be a tensor between input and output. Received: {code}. "
                f"Tensors: {', '.join(step.tensor for step in steps)}"
            )
        return places[0]
    ends = [
        at for at, step in enumerate(steps[:-1]) if steps[at + 1].kind not in ATTACHED
    ]
    if not ends:
        raise UnreadableError("a single layer, which has no code")
    return min(ends, key=lambda at: math.prod(steps[at].shape))
