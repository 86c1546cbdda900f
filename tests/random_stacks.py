"""Checkpoints of random programs: their variables, under names of many styles.

What a program computes is known from TensorFlow's operations, not from Keras.
"""

import itertools
import string
from typing import NamedTuple

import numpy as np
import tensorflow as tf

ACTIVATIONS = {
    "linear": lambda x: x,
    "relu": tf.nn.relu,
    "tanh": tf.nn.tanh,
    "sigmoid": tf.nn.sigmoid,
    "elu": tf.nn.elu,
    "leaky_relu": tf.nn.leaky_relu,
    "softmax": tf.nn.softmax,
}
SCALES = {
    "log_variance": lambda h: h,
    "log_deviation": lambda h: 2 * h,
    "deviation": lambda h: tf.math.log(h**2 + 1e-10),
    "softplus": lambda h: 2 * tf.math.log(tf.nn.softplus(h)),
}
KINDS = (
    *("dense", "dense", "tied", "rbm", "variational", "variational", "classifier"),
    *("convolutional", "tied_convolutional"),
)
STYLES = (
    *("turns", "blocks", "numbered", "layers", "contrib", "tables", "scopes"),
    *("matrices", "mirrored", "letters", "words"),
)


class Place(NamedTuple):
    """A layer, or one of the two of a tied layer: what it is and what it is called."""

    kernel: np.ndarray | None  # or that of the encoder's layer is used again
    owner: int
    family: str
    role: str
    size: int  # of its bias
    head: str | None = None


class Case(NamedTuple):
    """Variables, the arguments that tell all, inputs and what is computed of them."""

    arrays: dict
    told: dict
    inputs: np.ndarray
    outputs: np.ndarray
    log_variance: np.ndarray | None


class Program:
    """One random program."""

    def __init__(self, seed):
        self.random = np.random.default_rng(seed)
        self.kind = self._one(KINDS)
        self.places, self.strides, self.size = [], [], None
        self.widths = self._widths()
        getattr(self, f"_{self.kind}")()
        self.tied = any(place.kernel is None for place in self.places)
        self.with_biases = self.kind == "rbm" or self.random.random() < 0.85
        self.norms = self._norms()
        self.after = bool(self.random.random() < 0.4)

    def _one(self, values):
        return values[self.random.integers(len(values))]

    def _widths(self):
        if self.random.random() < 0.3:  # all alike
            return [int(self.random.integers(2, 6))] * int(self.random.integers(2, 5))
        choices = (2, 3, 4, 6) if self.random.random() < 0.5 else range(2, 12)
        count = int(self.random.integers(2, 5))
        return [int(self._one(list(choices))) for _ in range(count)]

    def _values(self, *shape):
        scale = 1 / np.sqrt(np.prod(shape[:-1])) if len(shape) > 1 else 0.3
        return self.random.normal(0, scale, shape).astype("float32")

    def _add(self, before, after, role, family="dense", head=None):
        shape = {
            "dense": (before, after),
            "convolution": (3, 3, before, after),
            "transposed": (3, 3, after, before),
        }[family]
        place = Place(self._values(*shape), len(self.places), family, role, after, head)
        self.places.append(place)

    def _undo(self):
        for index in reversed(range(len(self.places))):
            place = self.places[index]
            self.places.append(
                Place(None, index, place.family, "decoder", place.kernel.shape[-2])
            )

    def _chain(self, widths, role, family="dense"):
        for before, after in itertools.pairwise(widths):
            self._add(before, after, role, family)

    def _dense(self):
        self._chain(self.widths, "encoder")
        mirrored = self.random.random() < 0.7
        back = self.widths[::-1] if mirrored else [self.widths[-1], self.widths[0]]
        self._chain(back, "decoder")

    def _tied(self):
        self._chain(self.widths, "encoder")
        self._undo()

    def _rbm(self):
        self._chain(self.widths[:2], "encoder")
        self._undo()

    def _classifier(self):
        self._chain(self.widths, "encoder")
        self._add(self.widths[-1], int(self.random.integers(2, 5)), "decoder")

    def _variational(self):
        self._chain(self.widths[:-1], "encoder")
        heads = ["mean", "scale"]
        self.random.shuffle(heads)
        for head in heads:
            self._add(*self.widths[-2:], "encoder", head=head)
        self._chain(self.widths[::-1], "decoder")

    def _convolutional(self):
        channels = [int(self._one([1, 2, 2, 3])) for _ in range(2)]
        channels = [1, *channels]
        self._chain(channels, "encoder", "convolution")
        self._chain(channels[::-1], "decoder", "transposed")
        self.strides = [self._one([1, 2]) for _ in channels[1:]]
        self.strides += self.strides[::-1]

    def _tied_convolutional(self):
        channels = [int(self._one([1, 2, 2, 3])) for _ in range(2)]
        self._chain([1, *channels], "encoder", "convolution")
        self.strides = [self._one([1, 2]) for _ in channels]
        self._undo()

    def _norms(self):
        """Whether each place is followed by batch normalization."""
        norms = [False] * len(self.places)
        plain = self.kind in ("dense", "convolutional", "tied")
        if plain and self.random.random() < 0.35:
            norms = [True] * (len(norms) - 1) + [False]
        return norms

    def _styled(self):
        """Names of the kernel and the bias of each place."""
        style = self._one(STYLES)
        made, counts, names = 0, {}, []
        prefix = self._one(["", "", "model/", "model/autoencoder/"])
        letters = self.random.permutation(list(string.ascii_lowercase[3:]))
        kernels = sum(place.kernel is not None for place in self.places)
        for index, place in enumerate(self.places):
            role = place.role
            number = counts[role] = counts.get(role, 0) + 1
            layer = {
                "dense": "dense",
                "convolution": "conv2d",
                "transposed": "conv2d_transpose",
            }[place.family]
            of_layer = counts[layer] = counts.get(layer, 0) + 1
            if style == "turns":
                kernel, bias = _variable(made), _variable(made + 1)
                if place.kernel is None:
                    bias = _variable(made)
                    made -= 1
                made += 2 if self.with_biases else 1
            elif style == "blocks":
                kernel, bias = _variable(index), _variable(kernels + index)
            elif style == "numbered":
                kernel, bias = f"w{index + 1}", f"b{index + 1}"
            elif style == "layers":
                scope = layer if of_layer == 1 else f"{layer}_{of_layer - 1}"
                kernel, bias = f"{scope}/kernel", f"{scope}/bias"
            elif style == "contrib":
                scope = "fully_connected" + (f"_{index}" if index else "")
                kernel, bias = f"{scope}/weights", f"{scope}/biases"
            elif style == "tables":
                kernel, bias = f"{role}_h{number}", f"{role}_b{number}"
            elif style == "scopes":
                kernel, bias = f"{role}/fc{number}/W", f"{role}/fc{number}/b"
            elif style == "matrices":
                kernel, bias = f"layer{index}/Matrix", f"layer{index}/Bias"
            elif style == "mirrored":
                level = place.owner if place.kernel is None else index
                if role == "decoder":
                    level = len(self.places) - 1 - index
                kernel, bias = f"{role}{level}/kernel", f"{role}{level}/bias"
            elif style == "letters":
                kernel, bias = f"{letters[index]}/kernel", f"{letters[index]}/bias"
            else:
                word = "hidden" if role == "encoder" else "rebuilt"
                word = "outputs" if index == len(self.places) - 1 else word
                kernel, bias = f"{word}-w{number}", f"{word}-bias{number}"
            if place.head and style not in ("turns", "blocks", "contrib", "letters"):
                word = {"mean": "z_mean", "scale": "z_log_sigma"}[place.head]
                kernel, bias = f"{word}/kernel", f"{word}/bias"
            names.append((prefix + kernel, prefix + bias))
        if self.kind == "rbm" or (self.tied and len(names) == 2):
            names = self._one(
                [
                    [("W", "b"), ("", "b_prime")],
                    [("weights", "hidden-bias"), ("", "visible-bias")],
                    names,
                ]
            )
        return names

    def case(self):
        """The `Case` of the program."""
        names, arrays = self._styled(), {}
        biases, statistics = [], []
        for (kernel, bias), place in zip(names, self.places, strict=True):
            if place.kernel is not None:
                arrays[kernel] = place.kernel
            biases.append(self._values(place.size) if self.with_biases else None)
            if self.with_biases:
                arrays[bias] = biases[-1]
        for index, normalized in enumerate(self.norms):
            found = None
            if normalized:
                scope = _scope(index)
                found = self._statistics(self.places[index].size)
                arrays |= {f"{scope}/{key}": value for key, value in found.items()}
            statistics.append(found)
        told = self._told(names)
        inputs = self._inputs()
        outputs, log_variance = self._run(inputs, biases, statistics, told)
        return Case(self._with_slots(arrays), told, inputs, outputs, log_variance)

    def _statistics(self, size):
        found = {
            "gamma": 1 + self._values(size),
            "beta": self._values(size),
            "moving_mean": self._values(size),
            "moving_variance": 0.5 + np.abs(self._values(size)),
        }
        if self.after:  # of what any activation gives
            found["moving_mean"] = np.abs(found["moving_mean"]) % 1
        if self.random.random() < 0.3:
            del found["gamma"]
        return found

    def _with_slots(self, arrays):
        found = dict(arrays)
        for name, value in arrays.items():
            if self.random.random() < 0.7:
                found[f"{name}/Adam"] = found[f"{name}/Adam_1"] = value * 0
        found |= {"beta1_power": np.float32(0.9), "global_step": np.int64(7)}
        order = self.random.permutation(list(found))
        return {str(name): found[str(name)] for name in order}

    def _inputs(self):
        shape = (8, 8, 1) if self.strides else self.places[0].kernel.shape[:1]
        return self.random.random((5, *shape)).astype("float32")

    def _told(self, names):
        """All arguments of the import."""
        hidden = self._one([*ACTIVATIONS][:-1])
        last = self._one(["sigmoid", "linear", "tanh"])
        if self.kind == "rbm":
            hidden, last = "sigmoid", self._one(["sigmoid", "linear"])
        told = {"activation": hidden, "output_activation": last}
        if self.kind == "classifier":
            told |= {"classifier": True}
            del told["output_activation"]
        elif self.kind in ("dense", "tied") and self.random.random() < 0.4:
            chosen = [self._one([*ACTIVATIONS][:-1]) for _ in self.places]
            told = {"activation": chosen}
        order, heads = [], []
        for (kernel, _), place in zip(names, self.places, strict=True):
            if place.head:
                heads.append((place.head, kernel))
                if len(heads) == 2:
                    order.append([kernel for _, kernel in sorted(heads)])
            elif place.kernel is not None:
                order.append(kernel)
        told["order"] = order
        biases = [bias if self.with_biases else None for _, bias in names]
        first = next((i for i, place in enumerate(self.places) if place.head), None)
        if first is not None and self.places[first].head == "scale":
            biases[first : first + 2] = biases[first : first + 2][::-1]
        told["biases"] = biases
        if self.kind in ("tied", "tied_convolutional"):
            told["tied"] = True
        if self.kind == "rbm":
            told["rbm"] = True
        if self.kind == "variational":
            told["variational"] = self._one([*SCALES])
        if self.kind in ("dense", "convolutional"):
            told |= {"variational": False, "tied": False}
        if self.strides:
            transposed = [
                kernel
                for (kernel, _), place in zip(names, self.places, strict=True)
                if place.family == "transposed"
            ]
            told |= {"image_shape": (8, 8, 1), "strides": self.strides}
            told |= {"padding": "same", "transposed": transposed, "pooling": False}
        if any(self.norms):
            told["norm_scopes"] = [
                _scope(index) if normalized else None
                for index, normalized in enumerate(self.norms)
            ]
            told["epsilon"] = 1e-3
            told["normalization"] = "after" if self.after else "before"
        return told

    def _run(self, inputs, biases, statistics, told):
        values, heads, sizes = tf.cast(inputs, "float64"), {}, []
        for index, place in enumerate(self.places):
            activation = told["activation"]
            if isinstance(activation, list):
                activation = activation[index]
            elif index == len(self.places) - 1:
                activation = told.get("output_activation", "softmax")
            if place.head:
                activation = "linear"
            found = self._multiply(values, index, sizes)
            if biases[index] is not None:
                found = found + biases[index]
            function, norm = ACTIVATIONS[activation], statistics[index]
            if norm is None:
                found = function(found)
            elif self.after:
                found = _normalize(function(found), norm)
            else:
                found = function(_normalize(found, norm))
            if place.head:
                heads[place.head] = found
                if len(heads) == 2:
                    values = heads["mean"]
            else:
                values = found
        log_variance = None
        if heads:
            log_variance = SCALES[told["variational"]](heads["scale"]).numpy()
        return values.numpy(), log_variance

    def _multiply(self, values, index, sizes):
        """What the kernel of a place, or its owner's, transposed, makes of values."""
        place = self.places[index]
        kernel = self.places[place.owner].kernel.astype("float64")
        if place.family == "dense":
            return values @ (kernel if place.kernel is not None else kernel.T)
        stride = self.strides[place.owner]
        if place.kernel is not None and place.family == "convolution":
            sizes.append(values.shape[1])
            return tf.nn.conv2d(values, kernel, stride, "SAME")
        side = sizes.pop()
        shape = (len(values), side, side, kernel.shape[2])
        return tf.nn.conv2d_transpose(values, kernel, shape, stride, "SAME")


def _variable(number):
    return f"Variable_{number}" if number else "Variable"


def _scope(number):
    return "batch_normalization" + (f"_{number}" if number else "")


def _normalize(values, norm):
    scale = norm.get("gamma", 1) / np.sqrt(norm["moving_variance"] + 1e-3)
    return (values - norm["moving_mean"]) * scale + norm["beta"]
