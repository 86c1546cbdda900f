"""Networks of multivariate series: recurrent, and convolutional over time."""

import math
from collections.abc import Sequence
from typing import Literal

import keras

from tfae.arguments import check_integers
from tfae.layers import AtSteps, Steps
from tfae.networks import recurrences, time_levels
from tfae.networks.sequence_plan import SequencePlan
from tfae.types import Activation, Initializer, Model, Regularizer, Shape, Widths


def sequence(
    input_shape: Shape,
    kind: Literal["lstm", "gru", "convolutional"] = "lstm",
    units: Widths = (64,),
    latent_dim: int = 16,
    kernel_size: int | None = None,
    strides: int | Sequence[int] | None = None,
    activation: Activation | None = None,
    code_activation: Activation = "linear",
    output_activation: Activation = "linear",
    mask_value: float | None = None,
    dropout: float = 0.0,
    kernel_initializer: Initializer = "glorot_uniform",
    kernel_regularizer: Regularizer | None = None,
    dtype: str | None = None,
) -> tuple[Model, Model]:
    """Encoder of multivariate series, and a mirrored decoder for any length.

    A recurrent encoder reads a series step by step and maps its last state to a code
    vector, which is the decoder's input at every step. A level of a convolutional
    encoder with stride s maps n steps to ⌈n/s⌉, and its mirror restores n steps by
    repeating each s times and a convolution.

    If the number of steps is unknown, or some are padding, the decoder cannot infer
    them from codes. The encoder then returns a second tensor with 1 for each step and 0
    for padding; the decoder takes both. With `mask_value` a step whose features all
    have this value is padding, as for `keras.layers.Masking`: it changes neither the
    code nor the outputs of other steps, and is reconstructed exactly, so that its error
    is 0. The mean error of an example is over all of its steps, including padding.

    Reference:
        Srivastava, Mansimov & Salakhutdinov, "Unsupervised Learning of Video
        Representations using LSTMs", ICML 2015, for the recurrent networks.

    Args:
        input_shape: `(time, features)` of an example; `time` is `None` for series of
            any length.
        kind: `"lstm"`, `"gru"` or `"convolution"`.
        units: Sequence of integers, units or channels of the encoder's layers from the
            input inwards.
        latent_dim: Integer, size of a code vector; or, for convolutions, `None` to use
            the output of the last level as the code, as is required for series of any
            length.
        kernel_size: Integer, steps in a convolution window. Defaults to 5.
        strides: Integer, factor by which a level reduces the steps, or a sequence with
            one for each level. Defaults to 2.
        activation: Activation of the hidden layers. Defaults to `"tanh"` for recurrent
            layers, `"relu"` for convolutions.
        code_activation: Activation of a code vector.
        output_activation: Activation of the last layer of the decoder.
        mask_value: Float, value of all features of a padding step; or `None` for series
            without padding. Choose a value that neither data nor corruptions have.
        dropout: Float in [0, 1), share of the activations of each hidden layer set to
            zero in training.
        kernel_initializer: Initializer of every kernel except recurrent kernels.
        kernel_regularizer: Regularizer of the same kernels.
        dtype: Data type or dtype policy of the layers.

    Returns:
        A pair of built functional models: `(batch, time, features)` to codes, `(batch,
        latent_dim)` or `(batch, ⌈time/∏s⌉, units[-1])`, and back. For series of any
        length, or with padding, the encoder returns a list of codes and steps `(batch,
        time)`, which the decoder takes.

    Raises:
        ValueError: If an argument is out of its range, or conflicts with another.

    Example:
    >>> encoder, decoder = tfae.networks.sequence((None, 3), "gru", [32], latent_dim=8)
    >>> series = np.random.rand(2, 50, 3)
    >>> codes, steps = encoder(series)
    >>> codes.shape, decoder([codes, steps]).shape
    (TensorShape([2, 8]), TensorShape([2, 50, 3]))
    """
    plan = SequencePlan(
        input_shape,
        kind,
        units,
        kernel_size,
        strides,
        activation,
        output_activation,
        mask_value,
        dropout,
        kernel_initializer,
        kernel_regularizer,
        dtype,
    )
    check_latent_dim(plan, latent_dim)
    inputs = keras.Input((plan.time, plan.features))
    # Values in half precision may be equal to the mask value.
    steps = Steps(plan.mask_value, dtype=keras.config.floatx(), name="steps")
    steps = steps(inputs) if plan.needs_steps else None
    values = encode(plan, inputs, steps)
    if latent_dim is not None:
        values = dense(plan, int(latent_dim), code_activation, "codes")(
            as_vectors(plan, values)
        )
    outputs = values if steps is None else [values, steps]
    encoder = keras.Model(inputs, outputs, name="encoder")
    codes = keras.Input(values.shape[1:], name="codes")
    given = None if steps is None else keras.Input((plan.time,), name="steps")
    outputs = decode(plan, codes, given, latent_dim is not None)
    inputs = codes if given is None else [codes, given]
    return encoder, keras.Model(inputs, outputs, name="decoder")


def check_latent_dim(plan, latent_dim):
    """Raises `ValueError` if `latent_dim` is missing or not supported."""
    if latent_dim is not None:
        check_integers(latent_dim=latent_dim)
    if plan.recurrent and latent_dim is None:
        raise ValueError(
            "The code of recurrent networks is a vector. Received: latent_dim=None and "
            f"kind={plan.kind!r}. Give its size."
        )
    if not plan.recurrent and plan.time is None and latent_dim is not None:
        raise ValueError(
            "Convolutions make a code of each length of a series. Received: "
            f"latent_dim={latent_dim} and input_shape={(None, plan.features)}. Use "
            "latent_dim=None, a known number of steps, or a recurrent kind."
        )


def encode(plan, inputs, steps=None):
    """Output of the layers of a plan for series."""
    network = recurrences if plan.recurrent else time_levels
    return network.encode(plan, inputs, steps)


def decode(plan, codes, steps=None, of_vectors=True):
    """Series decoded from codes, with padding where `steps` are 0."""
    if plan.recurrent:
        outputs = recurrences.decode(plan, codes, steps)
    else:
        maps = _unfold(plan, codes) if of_vectors else codes
        outputs = time_levels.decode(plan, maps, steps)
    if plan.mask_value is None:
        return outputs
    return AtSteps(plan.mask_value, dtype=plan.dtype, name="padding")([outputs, steps])


def as_vectors(plan, values):
    """Vectors from the output of `encode`."""
    if plan.recurrent:
        return values
    return keras.layers.Flatten(dtype=plan.dtype)(values)


def dense(plan, units, activation, name):
    """A dense layer of a plan."""
    return keras.layers.Dense(
        units,
        activation,
        kernel_initializer=plan.kernel_initializer,
        kernel_regularizer=plan.kernel_regularizer,
        dtype=plan.dtype,
        name=name,
    )


def _unfold(plan, codes):
    """Output of the last level from vectors."""
    shape = (plan.lengths[-1], plan.units[-1])
    values = dense(plan, math.prod(shape), plan.activation, "unfolded")(codes)
    return keras.layers.Reshape(shape, dtype=plan.dtype)(values)
