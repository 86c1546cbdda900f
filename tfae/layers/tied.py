"""Layers that share the weights of an encoder layer."""

import keras
from keras import ops

from tfae.layers import pairs
from tfae.types import (
    Activation,
    Config,
    Initializer,
    Layer,
    Regularizer,
    Shape,
    TensorLike,
)


class Tied(keras.layers.Layer):
    """A layer that transposes another one: it shares the kernel, not the bias.

    The kernel stays one variable: both layers train it, and a regularizer set on the
    other layer counts once.
    """

    rank = None  # of the kernel

    def __init__(
        self,
        tied_to: Layer,
        activation: Activation | None = None,
        use_bias: bool = True,
        bias_initializer: Initializer = "zeros",
        bias_regularizer: Regularizer | None = None,
        **kwargs,
    ) -> None:
        super().__init__(**kwargs)
        if not isinstance(tied_to, keras.layers.Layer):
            raise ValueError(
                "`tied_to` must be a layer with a kernel, such as "
                f"keras.layers.Dense. Received: tied_to={tied_to!r}"
            )
        self.tied_to = tied_to
        self.activation = keras.activations.get(activation)
        self.use_bias = use_bias
        self.bias_initializer = keras.initializers.get(bias_initializer)
        self.bias_regularizer = keras.regularizers.get(bias_regularizer)
        self.bias = None
        self.supports_masking = True

    def build(self, input_shape: Shape) -> None:
        kernel = getattr(self.tied_to, "kernel", None)
        if kernel is None or len(kernel.shape) != self.rank:
            raise ValueError(
                f"`tied_to` must be built and hold a kernel of rank {self.rank}. "
                f"Received: tied_to={self.tied_to.name!r}. Build the encoder before "
                "the layer tied to it."
            )
        *_, before, units = kernel.shape
        if input_shape[-1] != units:
            raise ValueError(
                f"{self.name!r} is tied to a layer of {units} units and needs "
                f"inputs with {units} features. Received: input_shape={input_shape}"
            )
        if self.use_bias:
            self.bias = self.add_weight(
                name="bias",
                shape=(before,),
                initializer=self.bias_initializer,
                regularizer=self.bias_regularizer,
            )

    def call(self, inputs: TensorLike):
        kernel = ops.cast(kernel_in_use(self.tied_to), self.compute_dtype)
        outputs = self._undo(inputs, kernel)
        if self.use_bias:
            outputs = ops.add(outputs, self.bias)
        return self.activation(outputs)

    def _undo(self, inputs, kernel):
        """Applies the transposed kernel to inputs, without the bias."""
        raise NotImplementedError

    def get_config(self) -> Config:
        return {
            **super().get_config(),
            # In full, so that a decoder saved separately still holds its kernel.
            "tied_to": pairs.serialize_owner(self.tied_to),
            "activation": keras.activations.serialize(self.activation),
            "use_bias": self.use_bias,
            "bias_initializer": keras.initializers.serialize(self.bias_initializer),
            "bias_regularizer": keras.regularizers.serialize(self.bias_regularizer),
        }

    @classmethod
    def from_config(cls, config: Config):
        tied_to = config["tied_to"]
        if not isinstance(tied_to, keras.layers.Layer):
            tied_to = keras.saving.deserialize_keras_object(tied_to)
        return cls(**{**config, "tied_to": tied_to})


@keras.saving.register_keras_serializable(package="tfae")
class TiedDense(Tied):
    """A dense layer whose kernel is the transpose of another layer's kernel.

    For an encoder layer with kernel W of shape `(input_dim, units)` it computes
    ``activation(codes · Wᵀ + bias)`` and so maps `units` features back to
    `input_dim`. The bias is not shared. The kernel stays one variable: both layers
    train it, and a regularizer set on the encoder layer counts once.

    Reference:
        Vincent et al., "Extracting and Composing Robust Features with Denoising
        Autoencoders", 2008, section 2.1 (W' = Wᵀ).

    Args:
        tied_to: The layer that owns the kernel, such as `keras.layers.Dense`. It must
            be built before this layer.
        activation: Activation function or its name. Defaults to linear.
        use_bias: Boolean, whether to add a bias. Defaults to `True`.
        bias_initializer: Initializer of the bias. Defaults to `"zeros"`.
        bias_regularizer: Regularizer of the bias. Defaults to none.
        **kwargs: `name` and `dtype`, as for `keras.layers.Layer`.

    Call arguments:
        inputs: Tensor of shape `(..., units)`.

    Returns:
        Tensor of shape `(..., input_dim)`.

    Raises:
        ValueError: If `tied_to` has no kernel of rank 2, is not built, or if the
            inputs do not have as many features as it has units.

    Example:
    >>> dense = keras.layers.Dense(3)
    >>> codes = dense(np.ones((2, 5)))
    >>> tfae.layers.TiedDense(dense)(codes).shape
    TensorShape([2, 5])
    """

    rank = 2

    def _undo(self, inputs, kernel):
        return ops.matmul(inputs, ops.transpose(kernel))

    def compute_output_shape(self, input_shape: Shape):
        return (*input_shape[:-1], self.tied_to.kernel.shape[0])


def kernel_in_use(layer):
    """Kernel of a layer, `(features in, out)`, dequantized.

    Raises:
        ValueError: If the layer is quantized in a way that hides its kernel.
    """
    mode = getattr(layer, "quantization_mode", None)
    _check_mode(layer, mode)
    if mode != "int8":
        return layer.kernel
    kernel = ops.cast(layer.kernel, layer.variable_dtype)
    return kernel / ops.cast(layer.kernel_scale, layer.variable_dtype)


def check_kernels(network, others, mode):
    """Raises `ValueError` if shared kernels would be unreadable once quantized.

    Args:
        network: Keras model or layer that may contain tied layers.
        others: Sequence of further layers with shared kernels.
        mode: Mode given to `quantize`.
    """
    tied = [one for one in network._flatten_layers() if isinstance(one, TiedDense)]
    for layer in [*tied, *others]:
        _check_mode(getattr(layer, "tied_to", layer), mode)


def _check_mode(layer, mode):
    # In float8 the stored kernel stays unchanged and is rounded on use.
    readable = mode in (None, "float8") or (
        mode == "int8"
        and isinstance(layer, keras.layers.Dense)
        and not layer.lora_enabled
    )
    if not readable:
        raise ValueError(
            "A kernel that another layer or a loss shares can be read in int8, of a "
            f"Dense layer without LoRA, and in float8. Received: {layer.name!r} of "
            f"type {type(layer).__name__} in {mode}. Use int8, or untied weights."
        )
