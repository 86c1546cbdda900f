"""Feature maps of the image size, and one convolution back."""

import keras

from tfae.arguments import check_integers, check_widths, image_of
from tfae.types import Activation, Initializer, Model, Shape, Widths


def feature_maps(
    example_shape: Shape,
    filters: Widths,
    kernel_size: int = 5,
    output_kernel_size: int = 11,
    activation: Activation = "relu",
    output_activation: Activation = "linear",
    kernel_initializer: Initializer = "glorot_uniform",
    dtype: str | None = None,
) -> tuple[Model, Model]:
    """Convolutions that keep the image size, and one transposed convolution back.

    The codes have one value per pixel and map and must be kept sparse, by
    `tfae.WinnerTakeAllAutoencoder` with `tfae.layers.LifetimeSparsity(…,
    spatial=True)`. Each map then corresponds to one kernel of the decoder.

    Reference:
        Makhzani & Frey, "Winner-Take-All Autoencoders", NIPS 2015, section 3.1.

    Args:
        example_shape: `(height, width, channels)` of an example.
        filters: Sequence of integers, output channels of each convolution.
        kernel_size: Integer, height and width of the encoder's kernels.
        output_kernel_size: Integer, height and width of the decoder's kernels.
        activation: Activation of the encoder's layers.
        output_activation: Activation of the decoder.
        kernel_initializer: Initializer of every kernel.
        dtype: Data type or dtype policy of the layers.

    Returns:
        A pair of built `keras.Sequential` models: `(batch, height, width, channels)` to
        `(batch, height, width, filters[-1])`, and back.

    Raises:
        ValueError: If examples are not images, or an argument is outside its range.

    Example:
    >>> encoder, decoder = tfae.networks.feature_maps((28, 28, 1), [16, 16])
    >>> encoder.output_shape
    (None, 28, 28, 16)
    """
    shape = image_of(example_shape)
    filters = check_widths(filters=filters)
    check_integers(kernel_size=kernel_size, output_kernel_size=output_kernel_size)
    if not filters:
        raise ValueError(
            "`filters` must hold the number of maps at least, as [16]. Received: "
            f"filters={filters!r}"
        )
    options = {
        "padding": "same",
        "kernel_initializer": kernel_initializer,
        "dtype": dtype,
    }
    encoder = keras.Sequential([keras.Input(shape)], name="encoder")
    for index, maps in enumerate(filters, start=1):
        encoder.add(
            keras.layers.Conv2D(
                maps,
                int(kernel_size),
                activation=activation,
                name=f"encoder_{index}",
                **options,
            )
        )
    outputs = keras.layers.Conv2DTranspose(
        shape[-1],
        int(output_kernel_size),
        activation=output_activation,
        name="outputs",
        **options,
    )
    codes = keras.Input((*shape[:2], filters[-1]))
    return encoder, keras.Sequential([codes, outputs], name="decoder")
