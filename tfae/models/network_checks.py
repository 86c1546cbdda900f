"""Checks of the networks of a model, and of the tensors between them."""

from tfae import networks
from tfae.arguments import is_integer, plain
from tfae.models.checks import fits, known_shape

# Beyond this, an output size differs on purpose, such as half the input size.
NEAR = 4 / 3


def check_learns_nothing(corruption, input_shape):
    """Builds a corruption, if any; raises `ValueError` if it has trainable weights."""
    if corruption is None:
        return
    networks.build(corruption, input_shape)
    if corruption.trainable_variables:
        raise ValueError(
            "The corruption is drawn before the step, in which it cannot learn. "
            f"Received: {corruption.name!r}, a {type(corruption).__name__} with "
            "weights to train. Give a layer without any."
        )


def allow_switches(model, switches):
    """Raises `ValueError` if an encoder returns more than the model can use."""
    if switches and not model.takes_switches:
        raise ValueError(
            f"{type(model).__name__} takes an encoder that gives codes alone. "
            f"Received: one that gives {len(switches)} tensors beside them, such as "
            "switches or steps. Build it with upsampling, or unpooling of a stack, by "
            '"nearest"; one of series for a known number of steps, without padding.'
        )


def check_switches(model, switches):
    """Raises `ValueError` if switches do not match the codes of a built model."""
    shapes = [tuple(shape) for shape in model.switch_shapes]
    inputs = getattr(model.decoder, "inputs", None) or ()
    known = [tuple(one.shape[1:]) for one in inputs[1:]] or shapes  # of any size
    received = [tuple(one.shape[1:]) for one in switches]
    fit = len(received) == len(known) and all(map(fits, received, known))
    if model.built and not fit:
        raise ValueError(
            f"The decoder takes codes and {len(shapes)} tensors of switches, of shapes "
            f"{shapes} for each example. Received: {received}. Give those that "
            "`encode_switches` returns."
        )


def check_inputs(encoder):
    """Raises `ValueError` if an encoder is known to take several tensors."""
    known = getattr(encoder, "inputs", None)
    if isinstance(known, (list, tuple)) and len(known) > 1:
        raise ValueError(
            "The encoder must take one tensor of inputs. Received: "
            f"{encoder.name!r}, which takes {len(known)}. Let it split one tensor into "
            "these, or use a ConditionalVAE of pairs."
        )


def check_codes(encoder, switches, decoder):
    """Raises `ValueError` if decoder inputs do not match the encoder outputs."""
    known, given = getattr(decoder, "inputs", None), 1 + len(switches)
    if isinstance(known, (list, tuple)) and len(known) != given:
        raise ValueError(
            f"The decoder must take the outputs of the encoder. Received: {given} "
            f"tensors of {encoder.name!r} for {len(known)} inputs of {decoder.name!r}. "
            "Concatenate them in the encoder."
        )


def check_outputs(model, outputs, example_shape):
    """Raises `ValueError` if a decoder returns several tensors, or a near size.

    Outputs of a clearly different shape may be intended, with separate targets.

    Args:
        model: Model with a `decoder`.
        outputs: Shape of the outputs, or a list of shapes.
        example_shape: Shape of an example.
    """
    decoder = model.decoder
    if isinstance(outputs, dict) or isinstance(outputs[0], (list, tuple)):
        raise ValueError(
            "The decoder must give one tensor of outputs. Received: "
            f"{decoder.name!r}, which gives {len(outputs)}. Concatenate them."
        )
    found, wanted = tuple(outputs[1:]), tuple(example_shape)
    known = len(found) == len(wanted) and None not in (*found, *wanted)
    if not (model.rebuilds_inputs and known) or found == wanted:
        return
    pairs = [sorted(pair) for pair in zip(found, wanted, strict=True)]
    if all(high < NEAR * low for low, high in pairs):
        gaps = [one - other for one, other in zip(found, wanted, strict=True)]
        raise ValueError(
            f"The decoder must rebuild examples of shape {wanted}. Received: outputs "
            f"of shape {found}, which differ by {gaps}. Change {_resizing(decoder)}, "
            "or crop its outputs, or call fit(x, y) with targets of that shape."
        )


def check_example_shape(model, shape=None):
    """Shape of an example to generate: `shape`, or that the model was built with.

    Raises:
        ValueError: If it is not known, or the model does not take such examples.
    """
    shape = model.example_shape if shape is None else plain(shape)
    whole = isinstance(shape, (list, tuple)) and all(
        is_integer(one) and one > 0 for one in shape
    )
    wanted = known_shape(model)
    if not whole or not fits(tuple(shape), wanted):
        raise ValueError(
            f"`shape` must be the shape of an example, such as {wanted} with integers "
            f"for None. Received: shape={shape}. The networks take examples of any "
            "size: say of which, as in sample(count, shape=(28, 28, 1))."
        )
    return tuple(shape)


def _resizing(decoder):
    """The setting to change in a decoder whose outputs have the wrong size."""
    layers = [*getattr(decoder, "layers", [decoder])]
    for layer in reversed(layers):
        strides = getattr(layer, "strides", 1)
        strides = strides if isinstance(strides, (list, tuple)) else (strides,)
        if max(strides) > 1 or hasattr(layer, "output_padding"):
            return f"`padding` or `output_padding` of its layer {layer.name!r}"
        if hasattr(layer, "size"):
            return f"`size` of its layer {layer.name!r}"
    kernels = [layer for layer in layers if hasattr(layer, "kernel")]
    return f"its layer {(kernels or layers)[-1].name!r}"
