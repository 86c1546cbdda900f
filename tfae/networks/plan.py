"""Checked arguments and sizes of convolutional networks."""

import dataclasses
import itertools

from tfae.arguments import (
    check_booleans,
    check_choice,
    check_integers,
    check_shares,
    check_widths,
    image_of,
    plain,
)

DOWNSAMPLING = ("stride", "max_pool", "switches")
UPSAMPLING = ("transpose", "nearest", "switches")
SEPARABLE = ("depthwise", "full")
NORMALIZATIONS = ("batch", "layer")


@dataclasses.dataclass
class Plan:
    """Convolution levels that reduce an image, and their mirrors.

    The attributes are the arguments of `tfae.networks.convolutional` and these:

    Attributes:
        blocks: Integer, residual blocks of each level.
        outputs_per_channel: Integer, output channels per input channel.
        maps: Whether examples are feature maps, not images.
        sizes: Height and width before each level, and after the last one.
    """

    example_shape: tuple
    filters: list
    kernel_size: int | list = 3
    strides: int | list = 2
    activation: object = "relu"
    output_activation: object = "sigmoid"
    downsampling: str = "stride"
    upsampling: str | None = None
    separable: str | None = None
    tie_weights: bool = False
    normalization: str | None = None
    output_kernel_size: int | None = None
    kernel_initializer: object = "glorot_uniform"
    kernel_regularizer: object = None
    dropout: float = 0.0
    dtype: object = None
    blocks: int = 0
    outputs_per_channel: int = 1
    maps: bool = False
    plain_decoder: bool = False

    def __post_init__(self):
        self.example_shape = image_of(self.example_shape, self.maps)
        self.filters = check_widths(filters=self.filters)
        if not self.filters:
            raise ValueError(
                "`filters` must hold the channels of one level at least, as [16]. "
                f"Received: filters={self.filters!r}"
            )
        self.kernel_size = self._each("kernel_size")
        self.strides = self._each("strides")
        self.separable = self.separable or None
        check_choice(DOWNSAMPLING, downsampling=self.downsampling)
        check_choice(UPSAMPLING, True, upsampling=self.upsampling)
        check_choice(SEPARABLE, True, separable=self.separable)
        check_choice(NORMALIZATIONS, True, normalization=self.normalization)
        check_booleans(tie_weights=self.tie_weights, plain_decoder=self.plain_decoder)
        check_shares(dropout=self.dropout)
        check_integers(0, blocks=self.blocks)
        check_integers(outputs_per_channel=self.outputs_per_channel)
        if self.output_kernel_size is not None:
            check_integers(output_kernel_size=self.output_kernel_size)
        if self.normalization == "layer" and 1 in self.filters:
            raise ValueError(
                "A layer normalization of one channel makes it constant. Received: "
                f'filters={self.filters}. Give 2 or more, or normalization="batch".'
            )
        if self.upsampling is None:
            usual = "nearest" if self.separable else "transpose"
            self.upsampling = "switches" if self.downsampling == "switches" else usual
        self._check_combination()
        self.sizes = self._sizes()

    @property
    def code_shape(self):
        """Output shape of the last level."""
        return (*self.sizes[-1], self.filters[-1])

    def _each(self, name):
        """A list with the value of an argument for each level."""
        given = plain(getattr(self, name))
        values = given if isinstance(given, list) else [given] * len(self.filters)
        for value in values:
            check_integers(listed=True, **{name: value})
        if len(values) != len(self.filters):
            raise ValueError(
                f"`{name}` must be an integer, or a list of one for each of "
                f"{len(self.filters)} levels. Received: {name}={given!r}"
            )
        return [int(value) for value in values]

    def _sizes(self):
        sizes = [self.example_shape[:2]]
        for level, strides in enumerate(self.strides, start=1):
            if strides > 1 and sizes[-1] == (1, 1):
                raise ValueError(
                    f"Images of {self.example_shape[:2]} are too small for "
                    f"{len(self.strides)} levels. Received: one pixel before level "
                    f"{level}. Give fewer `filters`, or smaller `strides`."
                )
            sizes.append(tuple(-(-length // strides) for length in sizes[-1]))
        return sizes

    def _check_combination(self):
        """Raises `ValueError` for conflicting arguments."""
        down, up = self.downsampling, self.upsampling
        faults = {
            "Switches are made by downsampling and used by upsampling, both by "
            '"switches"': (down == "switches") != (up == "switches"),
            'Keras has no separable transposed convolution; use upsampling="nearest"': (
                self.separable and up == "transpose"
            ),
            "A separable convolution has no kernel to tie; leave `tie_weights` out": (
                self.separable and self.tie_weights
            ),
            "A tied convolution must mirror its level: use "
            '"stride" and "transpose", "max_pool" and "nearest", or "switches" twice': (
                self.tie_weights and (down == "stride") != (up == "transpose")
            ),
            "The mirror of tied kernels has no further convolution; leave "
            "`output_kernel_size` out": self.tie_weights and self.output_kernel_size,
        }
        for fault, found in faults.items():
            if found:
                raise ValueError(
                    f"{fault}. Received: downsampling={down!r}, upsampling={up!r}, "
                    f"separable={self.separable!r}, tie_weights={self.tie_weights}, "
                    f"output_kernel_size={self.output_kernel_size}"
                )
        channels = [self.example_shape[-1], *self.filters]
        multiples = all(not b % a for a, b in itertools.pairwise(channels))
        if self.separable == "depthwise" and not multiples:
            raise ValueError(
                "A depthwise convolution makes a multiple of the channels that it is "
                f"given. Received: channels {channels}. Choose multiples, or "
                'separable="full".'
            )
