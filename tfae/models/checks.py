"""Shared checks of the inputs and the state of a model."""

import keras
import tensorflow as tf

from tfae.datasets import Table
from tfae.models.batch import Batch


def check_shape(model, inputs, name):
    """Raises `ValueError` if a built model cannot take the examples of an array."""
    check_no_table(inputs)
    wanted = known_shape(model)
    shape = getattr(inputs, "shape", None)
    if wanted is not None and shape is not None and not fits(shape[1:], wanted):
        raise ValueError(
            f"The model takes examples of shape {tuple(wanted)}. Received: {name} "
            f"with examples of shape {tuple(inputs.shape[1:])}. Train a model on data "
            "of this shape."
        )


def known_shape(model):
    """Shape of the examples of a model, as far as it is known, or `None`."""
    wanted = getattr(model, "example_shape", None)
    # Networks may take images of any size, not only the one they were built with.
    given = getattr(getattr(model, "encoder", None), "inputs", None)
    if wanted and isinstance(given, list) and len(given) == 1:
        wanted = tuple(given[0].shape[1:])
    return wanted


def check_range(bounds, inputs, name):
    """Raises `ValueError` if values lie outside the output range of a model."""
    if bounds is None:
        return
    low, high = inputs.min(), inputs.max()
    if low < bounds[0] or high > bounds[1]:
        raise ValueError(
            f"The model's outputs lie in {list(bounds)}. Received: {name} with values "
            f"from {low:g} to {high:g}. Scale the data, or use a linear output, "
            'output_activation="linear".'
        )


def takes_classes(loss):
    """Whether a loss compares distributions with class indices."""
    if not isinstance(loss, str | keras.losses.Loss) and not callable(loss):
        return False
    found = keras.losses.get(loss)
    sparse = keras.losses.sparse_categorical_crossentropy
    return getattr(found, "fn", found) is sparse


def check_targets(targets, outputs, loss=None):
    """Raises `ValueError` if targets do not have the shape of the outputs.

    For a loss on class indices, such as tokens, targets lack the last axis, the
    classes, or have a last axis of length 1.
    """
    wanted, found = tuple(targets.shape[1:]), tuple(outputs.shape[1:])
    if wanted == found:
        return
    if takes_classes(loss) and wanted in (found[:-1], (*found[:-1], 1)):
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
        f"of shape {tuple(outputs.shape)}. Leave labels out: fit(x) reconstructs x, of "
        "a data set dataset.map(lambda x, y: x), of a folder label_mode=None."
    )


def allow_export(model):
    """Lets Keras export a built model that was never called as a whole.

    A training step computes the terms part by part, and a loaded model is built.
    """
    model._called = model._called or model.built


def build_as_told(model):
    """Builds a model, if needed, whose networks specify its input shape."""
    told = getattr(model, "told_input_shape", None)
    shape = None if model.built or told is None else told()
    if shape is not None:
        with model.distribute_strategy.scope():
            model.build(shape)


def check_built(model):
    """Raises `ValueError` if a model is not built."""
    build_as_told(model)
    if not model.built:
        raise ValueError(
            "The model must be built. Received: one that has seen no data. Call it "
            "on a batch, or fit it, first."
        )


def build_for(model, inputs):
    """Builds a model for the data of `fit`: arrays or a batched `tf.data.Dataset`."""
    build_as_told(model)
    if not model.built:
        specs = getattr(inputs, "element_spec", inputs)
        first = keras.tree.flatten(specs)[0]
        check_array(first)
        with model.distribute_strategy.scope():
            model.build((None, *first.shape[1:]))


def check_array(inputs):
    """Raises `ValueError` if the data of `fit` are not an array."""
    if not hasattr(inputs, "shape"):
        raise ValueError(
            "The model takes arrays or a tf.data.Dataset. Received: "
            f"{type(inputs).__name__}. Make it one, np.asarray(x), or "
            "tf.data.Dataset.from_generator."
        )


def check_given(inputs):
    """Raises `ValueError` if `fit` or another method got no data."""
    if inputs is None:
        raise ValueError(
            "`x` must be the data: an array, a tf.data.Dataset, a PyDataset or a "
            "generator of batches. Received: x=None. Call fit(x)."
        )
    check_no_table(inputs)


def check_no_table(inputs):
    """Raises `ValueError` for a table, which has to be encoded as numbers first."""
    if isinstance(inputs, Table):
        raise ValueError(
            "The model takes arrays of numbers. Received: a table of "
            f"{len(inputs.columns)} columns. Encode it by tfae.layers.TableEncoding."
        )


def check_lengths(inputs, targets):
    """Raises `ValueError` for empty arrays, or arrays of different lengths."""
    arrays = [one for one in (inputs, targets) if getattr(one, "shape", ())]
    counts = [len(one) for one in arrays]
    if 0 in counts:
        raise ValueError("`x` must hold examples. Received: an empty array.")
    if len({*counts}) > 1:
        raise ValueError(
            "`y` must hold a target for each example. Received: "
            f"{counts[1]} targets for {counts[0]} examples."
        )


def check_kind(inputs, takes_texts=False):
    """Raises `ValueError` for texts in place of numbers, or the reverse."""
    kind = getattr(inputs, "dtype", None)
    text = kind == tf.string or getattr(kind, "kind", "f") in "OSUT"
    if takes_texts and kind is not None and not text:
        raise ValueError(
            "Inputs must be texts, (batch,). Received: values of type "
            f"{_name_of(kind)}. Give an array of strings."
        )
    if text and not takes_texts:
        raise ValueError(
            f"The model takes numbers. Received: values of type {_name_of(kind)}. "
            "Encode texts as numbers, or use a TextAutoencoder."
        )


def check_stream(model, dataset):
    """Raises `ValueError` for a `tf.data.Dataset` that is unbatched or of strings."""
    spec = Batch.of(dataset.element_spec).inputs
    if keras.tree.is_nested(spec):
        if not model.takes_pairs:
            raise ValueError(
                "The model takes one tensor of inputs. Received: a data set of "
                f"elements {dataset.element_spec}. Map it to (inputs,), or to pairs of "
                "inputs and targets."
            )
        return
    check_kind(spec, model.takes_texts)
    shape, wanted = getattr(spec, "shape", None), known_shape(model)
    if shape is None or shape.rank is None:
        return
    single = wanted is not None and len(wanted) == shape.rank and fits(shape, wanted)
    if single or shape.rank == 0:
        raise ValueError(
            "The data set must give batches of examples. Received: elements of shape "
            f"{tuple(shape)}, which are single examples. Call dataset.batch(32)."
        )


def _name_of(kind):
    return getattr(kind, "name", kind)


def check_trained(history):
    """Returns a `History`, or raises `ValueError` if its epochs had no batch."""
    if history.epoch and "loss" not in history.history:
        raise ValueError(
            f"The data ended before a batch. Received: none in {len(history.epoch)} "
            "epochs. Give at least as many examples as make one, or keep the last "
            "partial one."
        )
    return history


def fits(shape, wanted):
    """Whether a shape matches the wanted one, in which `None` is any length."""
    return len(shape) == len(wanted) and all(
        one == other or None in (one, other)
        for one, other in zip(shape, wanted, strict=True)
    )
