"""The variables of a checkpoint, sorted into kernels, biases and unused ones."""

import re
from typing import NamedTuple

import numpy as np

from tfae.migration import stored_names

AVERAGE = "/ExponentialMovingAverage"
STATISTICS = ("gamma", "beta", "moving_mean", "moving_variance")
_OPTIMIZERS = (
    "Adam|AdaMax|Nadam|Momentum|Adagrad|AdagradDA|RMSProp|RMSprop|Adadelta|Ftrl|SGD"
)
_SLOT = re.compile(
    rf"(^|/)(({_OPTIMIZERS})(_\d+)?(/|$)|beta[12]_power(_\d+)?$)"
    r"|(^|/)(Adagrad|RMSProp|Momentum)Optimizer(_\d+)?(/|$)"
)
_COUNTER = re.compile(
    r"(^|[/_])((global_?)?steps?|(num_)?epochs?|iterations?|iter|counter|learning_rate"
    r"|lr|decay|beta_?[12]|keep_prob|is_training|phase|best_\w+)(_\d+)?$",
    re.IGNORECASE,
)
# Words in names of arrays that have the rank of a kernel, but belong to other layers.
_OTHERS = {
    *("lstm", "gru", "rnn", "cell", "attention", "memory", "mask"),
    *("embedding", "embeddings", "codebook", "prototypes"),
    *("depthwise", "pointwise", "separable"),
    *("centroid", "centroids", "centers"),
}


class Norm(NamedTuple):
    """Batch normalization: its scope, its size, and the names of its variables."""

    scope: str
    size: int
    names: dict


class Stored(NamedTuple):
    """The layer variables of a checkpoint.

    Attributes:
        arrays: Dict from names to arrays, without unused ones.
        taken: Dict from these names to the names in the checkpoint.
        kernels, biases: Lists of names of arrays of rank 2 or 4, and of rank 1.
        norms: List of `Norm`.
    """

    arrays: dict
    taken: dict
    kernels: list
    biases: list
    norms: list


def sort_out(arrays, averages=False, biases=()):
    """Sorts the variables of a checkpoint into a `Stored`.

    Args:
        arrays: Dict from names to arrays.
        averages: Boolean, whether to use moving averages in place of variables.
        biases: Names given as biases by the user.

    Raises:
        ValueError: If there are variables that do not belong to the layers of a stack.
    """
    taken = {
        name: name
        for name in sorted(arrays, key=natural)
        if not _is_slot(name, arrays) and not _is_counter(name, arrays[name])
    }
    taken = _averaged(taken, averages)
    found = {name: np.asarray(arrays[one]) for name, one in taken.items()}
    _check_types(found)
    norms, rest = _norms(found)
    kernels = [name for name in rest if found[name].ndim in (2, 4)]
    vectors = [name for name in rest if found[name].ndim == 1]
    strange = [
        name
        for name in rest
        if (name not in kernels and name not in vectors)
        or (name in vectors and not stored_names.is_bias(name) and name not in biases)
        or (name in kernels and _is_no_kernel(name, found[name]))
    ]
    if strange or not kernels:
        raise ValueError(
            "Only layers with a kernel of rank 2 or 4, a bias and batch normalization "
            "can be recognized in a checkpoint. Received other variables: "
            f"{', '.join(strange) or 'none, and no kernel'}. Load it as a known "
            "program, or build the model and assign its weights."
        )
    return Stored(found, taken, kernels, vectors, norms)


def natural(name):
    """Sorts `dense`, `dense_1`, …, `dense_10` in this order."""
    return [(bool(part[:1].isdigit()), int(part) if part.isdigit() else 0, part)
            for part in re.split(r"(\d+)", name)]  # fmt: skip


def _is_slot(name, arrays):
    """Whether a variable belongs to an optimizer, possibly with a custom name."""
    variable, _, slot = name.rpartition("/")
    if _SLOT.search(name) or variable not in arrays or f"/{slot}" == AVERAGE:
        return bool(_SLOT.search(name))
    shape = np.shape(arrays[name])
    return bool(shape) and shape == np.shape(arrays[variable])


def _is_counter(name, array):
    array = np.asarray(array)
    if array.ndim:
        return False
    of_loss = "loss" in name.lower() or name.endswith(AVERAGE)
    return bool(_COUNTER.search(name)) or of_loss or array.dtype.kind in "iubSUO"


def _is_no_kernel(name, array):
    found = set(stored_names.words(name))
    of_bias = stored_names.stem(name, biases=True) and not stored_names.stem(name)
    return bool(found & _OTHERS) or bool(of_bias and 1 in array.shape)


def _averaged(taken, averages):
    """Dict from variables to their names, or those of averages, in the checkpoint."""
    of_averages = {
        name.removesuffix(AVERAGE): name for name in taken if name.endswith(AVERAGE)
    }
    variables = {name: one for name, one in taken.items() if not name.endswith(AVERAGE)}
    alone = [one for name, one in of_averages.items() if name not in variables]
    if alone and not variables and not averages:
        raise ValueError("There are only moving averages. Use them with averages=True.")
    if alone and variables:
        raise ValueError(
            "Some moving averages have no variable, such as those of batch "
            f"statistics: {', '.join(alone)}. Build the model and assign its weights."
        )
    if not averages:
        return variables
    without = [
        name
        for name in variables
        if name not in of_averages and not name.endswith(STATISTICS[2:])
    ]
    if without or not of_averages:
        raise ValueError(
            "Not all variables have a moving average. Received: averages=True, with no "
            f"average of {', '.join(without) or 'any variable'}. Leave it out."
        )
    return {**variables, **of_averages}


def _check_types(arrays):
    for name, array in arrays.items():
        if array.dtype.kind != "f" and array.dtype.name != "bfloat16":
            raise ValueError(
                f"Kernels and biases must be real numbers. Received: {name} of type "
                f"{array.dtype.name}. Build the model and assign its weights."
            )
        if not array.size:
            raise ValueError(
                f"Kernels and biases must not be empty. Received: {name} {array.shape}"
            )
        if not np.isfinite(array.astype("float64")).all():
            raise ValueError(
                f"The checkpoint holds NaN or infinite values in {name}. Use an "
                "earlier checkpoint."
            )


def _norms(arrays):
    """Groups of batch normalization, and the names of all other variables."""
    groups, rest = {}, []
    for name in arrays:
        scope, _, last = name.rpartition("/")
        if last in STATISTICS and scope and arrays[name].ndim == 1:
            groups.setdefault(scope, {})[last] = name
        else:
            rest.append(name)
    for scope, names in groups.items():
        sizes = {arrays[name].shape for name in names.values()}
        if not set(STATISTICS[2:]) <= set(names) or len(sizes) > 1:
            raise ValueError(
                "Batch normalization must have a moving mean and a moving variance of "
                f"the same size. Received: {scope} with {', '.join(names)}. Build the "
                "model and assign its weights."
            )
        if (arrays[names["moving_variance"]] < 0).any():
            raise ValueError(
                "Variances must not be negative. Received: negative values in "
                f"{names['moving_variance']}, which may hold logarithms. Put the .meta "
                "file beside the checkpoint, or build the model and assign its weights."
            )
    norms = [
        Norm(scope, len(arrays[names["moving_mean"]]), names)
        for scope, names in groups.items()
    ]
    return norms, rest
