"""Sampling of images pixel by pixel, with cached layer results."""

from keras import ops

from tfae.layers.masked_convolution import pushed


def draw(model, noise, known, rows):
    """Images drawn with a given noise for each pixel.

    Args:
        model: `tfae.models.pixel_model.PixelModel`.
        noise: Tensor of shape `(batch, height, width, 1)`, uniform in [0, 1).
        known: Tensor of the same shape; its first rows are kept.
        rows: Integer, rows to keep.

    Returns:
        Tensor of the shape of `noise`.
    """
    height, width, _ = model.image_shape
    batch = ops.shape(noise)[0]
    nothing = ops.zeros((batch, width, model.channels), model.compute_dtype)

    def draw_row(row, state):
        images, above, memory = state
        memory = model.enter_row(memory, above)

        def draw_pixel(column, inner):
            values, features, left, memory = inner
            maps, memory = model.step(memory, left)
            drawn = level(model.outputs(maps), noise[:, row, column], model.levels)
            value = ops.where(row < rows, known[:, row, column], drawn)
            left = model.features(value)
            return pushed(values, value), pushed(features, left), left, memory

        begun = (noise[:, row], nothing, nothing[:, 0], memory)
        values, above, _, memory = ops.fori_loop(0, width, draw_pixel, begun)
        return pushed(images, values), above, memory

    begun = (ops.zeros_like(noise), nothing, model.begin(batch))
    return ops.fori_loop(0, height, draw_row, begun)[0]


def level(logits, noise, levels):
    """Levels in [0, 1], `(batch, 1)`, drawn with uniform noise in [0, 1).

    Args:
        logits: Tensor of shape `(batch, levels)`, or `(batch, 1)` for the higher of two
            levels, with logit 0 for the lower.
        noise: Tensor of shape `(batch, 1)`.
        levels: Integer.
    """
    logits = ops.cast(logits, noise.dtype)
    if levels == 2:
        logits = ops.pad(logits, ((0, 0), (1, 0)))
    below = ops.cumsum(ops.softmax(logits), axis=-1)[:, :-1] <= noise
    found = ops.sum(ops.cast(below, noise.dtype), axis=-1, keepdims=True)
    return found / (levels - 1)
