"""Options for facts that a TF1 checkpoint without its graph does not contain."""

import re
from typing import Annotated

import typer

LARGEST_SIZE = 1_000_000  # of an image, or a stride
FALSE, NONE = "false", "none"

Activation = Annotated[
    str | None,
    typer.Option(
        help="Activation of the hidden layers, or of each layer, separated by commas."
    ),
]
CodeActivation = Annotated[
    str | None, typer.Option(help="Activation of the code. \\[default: --activation]")
]
OutputActivation = Annotated[
    str | None, typer.Option(help="Activation of the last layer.")
]
ImageShape = Annotated[
    str | None, typer.Option(help="Shape of an image, such as 28x28x1.")
]
Strides = Annotated[
    str | None,
    typer.Option(
        help="Strides of convolutions: one number, or a list such as 2,2,1,1."
    ),
]
Padding = Annotated[
    str | None,
    typer.Option(help="Padding of convolutions: same or valid, or one for each."),
]
Tied = Annotated[
    bool | None,
    typer.Option(
        "--tied/--no-tied",
        help="Whether the decoder uses the transposed kernels of the encoder.",
        show_default=False,
    ),
]
Variational = Annotated[
    str | None,
    typer.Option(
        help="Output of the second head: log_variance, log_deviation, deviation or "
        "softplus; or false."
    ),
]
IsClassifier = Annotated[
    bool | None,
    typer.Option(
        "--classifier/--no-classifier",
        help="Whether the last layer outputs class probabilities.",
        show_default=False,
    ),
]
Rbm = Annotated[
    bool | None,
    typer.Option(
        "--rbm/--no-rbm",
        help="Whether the model is a restricted Boltzmann machine.",
        show_default=False,
    ),
]
Order = Annotated[
    str | None,
    typer.Option(help="Kernels in the order of layers, heads as \\[mean_W,sigma_W]."),
]
Biases = Annotated[
    str | None,
    typer.Option(help="Biases in the order of layers, none for a layer without one."),
]
Transposed = Annotated[
    str | None, typer.Option(help="Kernels of transposed convolutions.")
]
Pooling = Annotated[
    bool | None,
    typer.Option(
        "--pooling/--no-pooling",
        help="Whether there is pooling or resizing between convolutions.",
        show_default=False,
    ),
]
Averages = Annotated[
    bool, typer.Option("--averages", help="Use the moving averages of the variables.")
]
Normalization = Annotated[
    str | None,
    typer.Option(help="Place of batch normalization: before or after the activation."),
]
NormScopes = Annotated[
    str | None,
    typer.Option(
        help="Scopes of batch normalizations by layer, none for a layer without one."
    ),
]
Epsilon = Annotated[
    float | None,
    typer.Option(help="Epsilon of batch normalization."),
]


def arguments(**options):
    """Arguments of `tfae.migration.stacks.build` from the given options."""
    parse = {
        "activation": _one_or_several,
        "image_shape": lambda text: numbers("--image-shape", _commas(text), 3),
        "strides": lambda text: _single(numbers("--strides", text)),
        "padding": _one_or_several,
        "variational": lambda text: False if text.lower() == FALSE else text,
        "order": _names,
        "biases": _names,
        "transposed": _names,
        "norm_scopes": _names,
    }
    return {
        name: parse[name](value) if name in parse else value
        for name, value in options.items()
        if value is not None and (name != "averages" or value)
    }


def _commas(text):
    """`28x28x1` as `28,28,1`."""
    return text.lower().replace("x", ",")


def _one_or_several(text):
    found = [word.strip() for word in text.split(",")]
    return found[0] if len(found) == 1 else found


def _names(text):
    """Parses comma-separated names, some of which may be lists in brackets."""
    parts = re.findall(r"\[[^\]]*\]|[^,\[\]]+", text)
    found = []
    for part in parts:
        if part.startswith("["):
            found.append([word.strip(" '\"") for word in part[1:-1].split(",")])
        elif part.strip(" '\""):
            name = part.strip(" '\"")
            found.append(None if name.lower() == NONE else name)
    return found


def numbers(option, text, count=None):
    """The integers of an option."""
    try:
        found = [int(part) for part in text.split(",")]
    except ValueError:
        found = []
    fit = all(0 < number <= LARGEST_SIZE for number in found)
    if not found or not fit or count not in (None, len(found)):
        wanted = f"{count} " if count else ""
        raise ValueError(
            f"{option} must be {wanted}positive integers, separated by commas. "
            f"Received: {text}"
        )
    return found


def _single(found):
    return found[0] if len(found) == 1 else found
