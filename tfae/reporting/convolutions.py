"""Plots of filters and feature maps of networks for images."""

import keras
import numpy as np

from tfae import layers, networks, plots

INPUT = keras.layers.InputLayer
POOLINGS = (keras.layers.MaxPooling2D, layers.MaxPoolingWithSwitches2D)


def filters(model, split, title):
    """The filters of the first layer, for whole images or patches."""
    kernel = getattr(networks.first_layer(model.encoder), "kernel", None)
    return _filters(kernel, split.image_shape, "First-layer filters")


def decoder_filters(model, split, title):
    """The decoder filter of each feature map, for a decoder of one convolution."""
    last = getattr(model.decoder, "layers", [None])[-1]
    kernel = getattr(last, "kernel", None)
    if kernel is None or len(kernel.shape) != 4:
        return None
    return _filters(kernel, split.image_shape, "Filters of the decoder")


def _filters(kernel, image_shape, title):
    if not image_shape or kernel is None or len(kernel.shape) not in (2, 4):
        return None
    kernel = np.asarray(kernel)
    if kernel.ndim == 4:
        *image_shape, units = kernel.shape
        if image_shape[-1] not in (1, 3) or max(image_shape[:2]) == 1:
            return None
        kernel = kernel.reshape(-1, units)
    if kernel.shape[0] != np.prod(image_shape):
        return None
    return plots.filters(kernel, tuple(image_shape), title=title)


def feature_maps(model, split, title):
    """The feature maps of a test example in the levels of a convolutional encoder."""
    levels = {}
    for layer in _layers_of_images(model, split):
        outputs, _ = networks.codes_and_switches(_within_encoder(layer))
        if len(outputs.shape) == 4:
            levels[outputs.shape] = layer.name, outputs  # the last of its size
    if not levels:
        return None
    image = split.test.inputs[:1]
    maps = {name: _values(model, one, image)[0] for name, one in levels.values()}
    title = f"{title}: feature maps of a test example, brightest first"
    return plots.feature_maps(maps, image.reshape(split.image_shape), title)


def unpooling(model, split, title):
    """The results of each unpooling for the inputs of the first pooling."""
    for layer in _layers_of_images(model, split):
        if isinstance(layer, POOLINGS):
            break
    else:
        return None
    image, window = split.test.inputs[:1], layer.pool_size
    maps = _values(model, layer.input, image)
    size = maps.shape[1:3]
    pooled, switches = layers.MaxPoolingWithSwitches2D(window)(maps)
    rows = {
        "maps": maps,
        "max-pooled": pooled,
        "unpooled by switches": layers.MaxUnpooling2D(window, size)([pooled, switches]),
        "unpooled to all pixels": layers.NearestUnpooling2D(window, size)(pooled),
    }
    rows = {name: np.asarray(values)[0] for name, values in rows.items()}
    title = f"{title}: maps, pooled and unpooled in two ways"
    return plots.feature_maps(rows, image.reshape(split.image_shape), title)


def _layers_of_images(model, split):
    """Layers of an encoder of images, if they are known, without the input."""
    encoder = model.encoder
    functional = isinstance(encoder, keras.Model) and len(encoder.inputs or ()) == 1
    if not (functional and split.image_shape):
        return []
    return [one for one in encoder.layers if not isinstance(one, INPUT)]


def _within_encoder(layer):
    """Output of a layer within the encoder; a nested network has its own `output`."""
    outputs = keras.Operation.output.fget(layer)
    return list(outputs) if isinstance(outputs, tuple) else outputs


def _values(model, tensor, inputs):
    """Array of a tensor within the encoder, for an array of inputs."""
    part = keras.Model(model.encoder.inputs[0], tensor)
    return np.asarray(part(inputs, training=False))
