"""Keras layers for the steps of a TF1 graph, with the same shared kernels."""

import keras

from tfae import layers as own_layers
from tfae.layers.tied import Tied
from tfae.migration.graphs.values import UnreadableError


class KerasLayers:
    """Keras layers of steps, and their weights."""

    def __init__(self):
        self._owners, self._given = {}, []

    def network(self, name, shape, steps):
        """A Keras model of steps, for examples of `shape`."""
        inputs = keras.Input(shape)
        return keras.Model(inputs, self.through(inputs, steps), name=name)

    def through(self, values, steps):
        """Output of steps for a Keras tensor."""
        for step in steps:
            before = tuple(values.shape[1:])
            for layer in self._layers(step, before):
                values = layer(values)
            if tuple(values.shape[1:]) != step.shape:
                raise UnreadableError(
                    f"a {step.kind} from {before} to {step.shape}, where Keras gives "
                    f"{tuple(values.shape[1:])}"
                )
        return values

    def assign(self):
        """Assigns the weights of the layers."""
        for layer, step in self._given:
            for name, weight in step.weights.items():
                if name == "bias" or not isinstance(layer, Tied):
                    variable = getattr(layer, name)
                    variable.assign(weight.array.reshape(variable.shape))

    @property
    def taken(self):
        """Tuple of `(names, shape, weight)` of the assigned variables."""
        found = []
        for layer, step in self._given:
            for name, weight in step.weights.items():
                tied = name == "kernel" and isinstance(layer, Tied)
                variable = layer.tied_to.kernel if tied else getattr(layer, name)
                found.append((weight.made_of, weight.array.shape, variable.path))
        return tuple(found)

    @property
    def notes(self):
        """List of sentences on differences from the graph."""
        owners = {}
        for layer, step in self._given:
            for name, weight in step.weights.items():
                tied = name == "kernel" and isinstance(layer, Tied)
                owner = layer.tied_to if tied else layer
                for variable in weight.made_of:
                    owners.setdefault(variable, {})[id(owner)] = owner.name
        return [
            f"{variable} is in several layers, which no longer share it: "
            f"{', '.join(several.values())}."
            for variable, several in owners.items()
            if len(several) > 1
        ]

    def _layers(self, step, shape):
        make = getattr(self, f"_{step.kind}", None)
        if make is None:  # a draw that depends on another draw
            raise UnreadableError(f"a {step.kind} within another branch")
        made = make(step, shape)
        made = made if isinstance(made, list) else [made]
        if step.weighted:
            self.give(made[0], step)
        return made

    def give(self, layer, step):
        """Records the layer that gets the weights of a step."""
        self._given.append((layer, step))

    def _owner(self, step, layer=None):
        """The earlier layer with the same kernel, if any."""
        kernel = step.weights["kernel"]
        if kernel.key is None:
            return None
        if layer is not None:
            self._owners.setdefault(kernel.key, (layer, kernel.transposed))
            return None
        return self._owners.get(kernel.key)

    def _dense(self, step, shape):
        use_bias = "bias" in step.weights
        owner = self._owner(step)
        if owner and owner[1] != step.weights["kernel"].transposed:
            return own_layers.TiedDense(owner[0], use_bias=use_bias)
        layer = keras.layers.Dense(step.shape[0], use_bias=use_bias)
        self._owner(step, layer)
        return layer

    def _convolution(self, step, shape):
        layer = keras.layers.Conv2D(
            step.shape[-1],
            step.weights["kernel"].array.shape[:2],
            use_bias="bias" in step.weights,
            **step.options,
        )
        self._owner(step, layer)
        return layer

    def _depthwise(self, step, shape):
        return keras.layers.DepthwiseConv2D(
            step.weights["kernel"].array.shape[:2],
            depth_multiplier=step.weights["kernel"].array.shape[-1],
            use_bias="bias" in step.weights,
            **step.options,
        )

    def _transposed(self, step, shape):
        use_bias, options = "bias" in step.weights, step.options
        owner = self._owner(step)
        same = owner and all(
            getattr(owner[0], name, None) == options[name] for name in options
        )
        if same:
            return own_layers.TiedConv2DTranspose(
                owner[0], output_size=step.shape[:2], use_bias=use_bias
            )
        window = step.weights["kernel"].array.shape[:2]
        layer = keras.layers.Conv2DTranspose(
            step.shape[-1], window, use_bias=use_bias, **options
        )
        if layer.compute_output_shape((None, *shape))[1:] == step.shape:
            return layer
        return _cropped(step, shape, window, use_bias)

    def _activation(self, step, shape):
        options = dict(step.options)
        name = options.pop("name")
        if name == "leaky_relu":
            return keras.layers.LeakyReLU(**options)
        return keras.layers.Activation(name)

    def _affine(self, step, shape):
        found = {"scale": 1.0, "offset": 0.0}
        for name, weight in step.weights.items():
            flat = weight.array.reshape(-1)
            found[name] = flat.item() if flat.size == 1 else flat.tolist()
        return keras.layers.Rescaling(**found)

    def _pool(self, step, shape):
        options = dict(step.options)
        average = options.pop("average")
        kind = keras.layers.AveragePooling2D if average else keras.layers.MaxPooling2D
        return kind(**options)

    def _average(self, step, shape):
        return keras.layers.GlobalAveragePooling2D()

    def _bilinear(self, step, shape):
        return keras.layers.UpSampling2D(**step.options, interpolation="bilinear")

    def _nearest(self, step, shape):
        times = step.options["size"]
        if (times[0] * shape[0], times[1] * shape[1]) == step.shape[:2]:
            return keras.layers.UpSampling2D(times)
        return own_layers.NearestUnpooling2D(times, output_size=step.shape[:2])

    def _reshape(self, step, shape):
        return keras.layers.Reshape(step.shape)

    def _permute(self, step, shape):
        return keras.layers.Permute(step.options["dims"])

    def _pad(self, step, shape):
        return keras.layers.ZeroPadding2D(step.options["padding"])

    def _dropout(self, step, shape):
        return keras.layers.Dropout(step.options["rate"])


def _cropped(step, shape, window, use_bias):
    """A transposed convolution with an output size other than Keras' choice."""
    strides, crops = step.options["strides"], []
    for size, before, k, s in zip(step.shape, shape, window, strides, strict=False):
        more = (before - 1) * s + k - size
        if more < 0:
            raise UnreadableError("a transposed convolution larger than its windows")
        first = more // 2 if step.options["padding"] == "same" else 0
        crops.append((first, more - first))
    layer = keras.layers.Conv2DTranspose(
        step.shape[-1], window, strides, "valid", use_bias=use_bias
    )
    return [layer, keras.layers.Cropping2D(crops)]
