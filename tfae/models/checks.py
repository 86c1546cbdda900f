"""Checks of what a model gets, and of its state, alike wherever they are made."""

import keras

from tfae import networks


def check_shape(model, inputs, name):
    """Raises `ValueError` if an array is not of examples that a built model takes."""
    wanted = getattr(model, "example_shape", None)
    # Networks may take images of any size, whichever they were built with.
    given = getattr(getattr(model, "encoder", None), "inputs", None)
    if wanted and isinstance(given, list) and len(given) == 1:
        wanted = tuple(given[0].shape[1:])
    shape = getattr(inputs, "shape", None)
    if wanted is not None and shape is not None and not _fit(shape[1:], wanted):
        raise ValueError(
            f"The model takes examples of shape {tuple(wanted)}. Received: {name} "
            f"with examples of shape {tuple(inputs.shape[1:])}. Train a model on data "
            "of this shape."
        )


def check_range(bounds, inputs, name):
    """Raises `ValueError` if values lie beyond what a model can rebuild."""
    if bounds is None:
        return
    low, high = inputs.min(), inputs.max()
    if low < bounds[0] or high > bounds[1]:
        raise ValueError(
            f"The model's outputs lie in {list(bounds)}. Received: {name} with values "
            f"from {low:g} to {high:g}. Scale the data, or use a linear output, "
            'output_activation="linear".'
        )


def check_targets(targets, outputs):
    """Raises `ValueError` if targets do not have the shape of the outputs."""
    wanted, found = tuple(targets.shape[1:]), tuple(outputs.shape[1:])
    if wanted == found:
        return
    if len(wanted) == len(found) > 1 and None not in (*wanted, *found):
        gaps = [one - other for one, other in zip(found, wanted, strict=True)]
        raise ValueError(
            "The decoder must rebuild the shape of the targets. Received: outputs of "
            f"{found} for targets of {wanted}, which differ by {gaps}. Mirror the "
            "encoder as `tfae.networks.convolutional` does, or set `output_padding` "
            "of the last transposed convolution, or crop its outputs."
        )
    raise ValueError(
        "Targets must have the shape of the outputs, since an autoencoder "
        f"reconstructs. Received: targets of shape {tuple(targets.shape)} for outputs "
        f"of shape {tuple(outputs.shape)}. Leave labels out: fit(x) reconstructs x."
    )


def check_learns_nothing(corruption, input_shape):
    """Builds a corruption, or none; raises `ValueError` if it has weights to train."""
    if corruption is None:
        return
    networks.build(corruption, input_shape)
    if corruption.trainable_variables:
        raise ValueError(
            "The corruption is drawn before the step, in which it cannot learn. "
            f"Received: {corruption.name!r}, a {type(corruption).__name__} with "
            "weights to train. Give a layer without any."
        )


def allow_export(model):
    """Lets Keras export a built model that was never called as a whole.

    A step of training computes the terms part by part, and a loaded model is built.
    """
    model._called = model._called or model.built


def check_built(model):
    """Raises `ValueError` if a model has not seen data yet."""
    if not model.built:
        raise ValueError(
            "The model must be built. Received: one that has seen no data. Call it "
            "on a batch, or fit it, first."
        )


def build_for(model, inputs):
    """Builds a model for what `fit` gets, arrays or a `tf.data.Dataset` of batches."""
    if not model.built:
        specs = getattr(inputs, "element_spec", inputs)
        first = keras.tree.flatten(specs)[0]
        check_array(first)
        with model.distribute_strategy.scope():
            model.build((None, *first.shape[1:]))


def check_array(inputs):
    """Raises `ValueError` for what `fit` got if it is no array."""
    if not hasattr(inputs, "shape"):
        raise ValueError(
            "The model takes arrays or a tf.data.Dataset. Received: "
            f"{type(inputs).__name__}. Make it one, np.asarray(x), or "
            "tf.data.Dataset.from_generator."
        )


def allow_switches(model, switches):
    """Raises `ValueError` if an encoder gives more than the model can use."""
    if switches and not model.takes_switches:
        raise ValueError(
            f"{type(model).__name__} takes an encoder that gives codes alone. "
            f"Received: one that gives {len(switches)} tensors beside them, such as "
            "switches. Build it with upsampling, or unpooling of a stack, by "
            '"nearest".'
        )


def check_switches(model, switches):
    """Raises `ValueError` if switches are not those that a built model's codes need."""
    shapes = [tuple(shape) for shape in model.switch_shapes]
    inputs = getattr(model.decoder, "inputs", None) or ()
    known = [tuple(one.shape[1:]) for one in inputs[1:]] or shapes  # of any size
    received = [tuple(one.shape[1:]) for one in switches]
    fit = len(received) == len(known) and all(map(_fit, received, known))
    if model.built and not fit:
        raise ValueError(
            f"The decoder takes codes and {len(shapes)} tensors of switches, of shapes "
            f"{shapes} for each example. Received: {received}. Give those that "
            "`encode_switches` returns."
        )


def check_trained(history):
    """Returns a `History`, or raises `ValueError` if its epochs had no batch."""
    if history.epoch and "loss" not in history.history:
        raise ValueError(
            f"The data ended before a batch. Received: none in {len(history.epoch)} "
            "epochs. Give at least as many examples as make one, or keep the last "
            "partial one."
        )
    return history


def _fit(shape, wanted):
    """Whether a shape is one that is wanted, of which `None` is any length."""
    return len(shape) == len(wanted) and all(
        one == other or None in (one, other)
        for one, other in zip(shape, wanted, strict=True)
    )
