"""Builders of convolutional networks: shapes, ties, switches, and what they refuse."""

import keras
import numpy as np
import pytest
from c_runner import runner
from conftest import mostly_slow

import tfae
from tfae import networks
from tfae.export import export

# How levels shrink their maps, how their mirrors enlarge them, of which kernels.
WAYS = [
    *({"downsampling": "stride", "tie_weights": tied} for tied in (False, True)),
    {"downsampling": "stride", "upsampling": "nearest"},
    *(
        {"downsampling": "max_pool", "upsampling": "nearest", "tie_weights": tied}
        for tied in (False, True)
    ),
    {"downsampling": "max_pool", "upsampling": "transpose"},
    *({"downsampling": "switches", "tie_weights": tied} for tied in (False, True)),
    {"downsampling": "stride", "separable": "full"},
    {"downsampling": "max_pool", "separable": "full"},
    {"downsampling": "switches", "separable": "full"},
    {"downsampling": "stride", "separable": "depthwise"},
]


def draw(seed):
    """The shape of an example and the arguments of networks, at random."""
    generator = np.random.default_rng(seed)
    levels = int(generator.integers(1, 4))
    rows, columns = generator.choice([1, 2, *range(5, 34)], 2).tolist()
    shape = (rows, columns, int(generator.choice([1, 3, 4])))
    way = WAYS[seed % len(WAYS)]
    strides = generator.integers(1, 4, levels).tolist()
    while max(rows, columns) <= np.prod(strides[:-1]):  # a pixel before the last level
        strides[int(np.argmax(strides))] -= 1
    normalization = [None, "batch", "layer"][generator.integers(3)]
    filters = generator.integers(1 + (normalization == "layer"), 6, levels)
    if way.get("separable") == "depthwise":
        filters = shape[-1] * np.cumprod(generator.integers(1, 3, levels))
    arguments = {
        "filters": filters.tolist(),
        "kernel_size": generator.integers(1, 6, levels).tolist(),
        "strides": strides,
        "latent_dim": [None, 5][generator.integers(2)],
        "normalization": normalization,
        "output_activation": "linear",
        **way,
    }
    if not way.get("tie_weights"):
        arguments["output_kernel_size"] = [None, 3][generator.integers(2)]
    return shape, arguments


DRAWS = range(2 * len(WAYS))


@pytest.mark.parametrize("seed", mostly_slow(DRAWS, *DRAWS[::3]))
def test_any_size_is_rebuilt(seed):
    shape, arguments = draw(seed)
    encoder, decoder = networks.convolutional(shape, **arguments)
    images = np.zeros((2, *shape), "float32")
    assert decoder(encoder(images)).shape == images.shape


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(200))
def test_any_size_is_rebuilt_trained_saved_and_exported(seed, tmp_path):
    shape, arguments = draw(seed)
    keras.utils.set_random_seed(seed)
    model = tfae.Autoencoder(*networks.convolutional(shape, **arguments))
    images = np.random.default_rng(seed).random((6, *shape), dtype="float32")
    model.compile("adam", "mse", run_eagerly=True)
    model.fit(images, verbose=0)
    outputs = model(images)
    assert outputs.shape == images.shape
    model.save(tmp_path / "model.keras")
    loaded = tfae.load(tmp_path / "model.keras")
    np.testing.assert_allclose(loaded(images), outputs, atol=1e-6)
    path = export(model, tmp_path / "export", examples=images)
    served = runner().run(path, "serving_default", {"inputs": images})
    # Layer normalization of a few channels that are nearly alike magnifies rounding.
    atol = 1e-4 if arguments["normalization"] == "layer" else 1e-5
    np.testing.assert_allclose(served["reconstruction"], outputs, atol=atol)


def test_a_decoder_mirrors_its_encoder_level_by_level():
    encoder, decoder = networks.convolutional(
        (23, 31, 3), [8, 16], kernel_size=[5, 3], strides=[2, 3], latent_dim=10
    )
    maps = [layer.output.shape[1:] for layer in encoder.layers[:3]]
    assert maps == [(23, 31, 3), (12, 16, 8), (4, 6, 16)]
    names = [type(layer).__name__ for layer in decoder.layers]
    assert names == [
        *("InputLayer", "Dense", "Reshape", "Conv2DTranspose"),
        *("Cropping2D", "Conv2DTranspose", "Cropping2D"),
    ]
    assert decoder.output_shape == (None, 23, 31, 3)


@pytest.mark.parametrize("window", [2, 3, 4])
def test_values_come_back_to_the_windows_that_they_were_the_largest_of(window):
    encoder, decoder = networks.convolutional(
        (7, 10, 1),
        [1],
        kernel_size=1,
        strides=window,
        activation="linear",
        output_activation="linear",
        downsampling="max_pool",
        upsampling="nearest",
        kernel_initializer="ones",
    )
    image = np.random.default_rng(0).normal(size=(1, 7, 10, 1)).astype("float32")
    outputs = np.array(decoder(encoder(image)))[0, ..., 0]
    for row in range(0, 7, window):
        for column in range(0, 10, window):
            here = (slice(row, row + window), slice(column, column + window))
            np.testing.assert_allclose(outputs[here], image[0, ..., 0][here].max())


def test_plain_decoders_have_the_flipped_kernels_of_transposed_ones():
    arguments = {"downsampling": "max_pool", "upsampling": "nearest"}
    arguments |= {"filters": [4, 6], "output_kernel_size": 3}
    _, transposed = networks.convolutional((8, 8, 1), **arguments)
    _, plain = networks.convolutional((8, 8, 1), **arguments, plain_decoder=True)
    kinds = [type(one) for one in plain.layers if one.weights]
    assert kinds == [keras.layers.Conv2D] * 3
    flipped = [
        one[::-1, ::-1].swapaxes(2, 3) if one.ndim == 4 else one
        for one in transposed.get_weights()
    ]
    plain.set_weights(flipped)
    codes = np.random.default_rng(0).random((2, 2, 2, 6), "float32")
    np.testing.assert_allclose(plain(codes), transposed(codes), rtol=1e-5, atol=1e-6)


def test_depthwise_levels_convolve_each_channel_by_itself():
    encoder, _ = networks.convolutional(
        (8, 8, 3), [6], separable="depthwise", activation="linear"
    )
    images = np.random.default_rng(0).random((2, 8, 8, 3), dtype="float32")
    changed = images.copy()
    changed[..., 1] += 1
    differs = (encoder(images) != encoder(changed)).numpy().any(axis=(0, 1, 2))
    np.testing.assert_array_equal(differs, [0, 0, 1, 1, 0, 0])


def test_residual_blocks_add_to_what_they_are_given():
    encoder, decoder = networks.residual(
        (8, 8, 1), [4], blocks=2, normalization=None, kernel_initializer="zeros"
    )
    images = np.ones((1, 8, 8, 1), "float32")
    encoder.get_layer("encoder_1").bias.assign([0, 1, 2, 3])
    assert encoder(images)[0, 0, 0].numpy().tolist() == [0, 1, 2, 3]
    assert decoder.output_shape == (None, 8, 8, 1)


@pytest.mark.parametrize(
    ("shape", "arguments", "message"),
    [
        ((64,), {}, "Convolutional networks take images"),
        ((2, 8, 8, 3), {}, "Convolutional networks take images"),
        ((3, 32, 32), {}, "Channels must come last"),
        ((1, 28, 28), {}, "Channels must come last"),
        ((2, 32, 32), {}, "Channels must come last"),
        ((8, 8, 3), {"filters": [4, 1], "normalization": "layer"}, "makes it const"),
        ((8, 8, 0), {}, "`channels` must be a positive integer"),
        ((8, None, 1), {}, "`width` must be a positive integer"),
        ((2, 2, 1), {"filters": [4, 4, 4]}, "one pixel before level 2"),
        ((8, 8, 1), {"filters": []}, "`filters` must hold the channels of one level"),
        ((8, 8, 1), {"filters": [4, -1]}, "`filters` must be a sequence of positive"),
        ((8, 8, 1), {"kernel_size": 0}, "`kernel_size` must be a positive integer"),
        ((8, 8, 1), {"strides": 1.5}, "`strides` must be a positive integer"),
        ((8, 8, 1), {"strides": [2]}, "a list of one for each of 2 levels"),
        ((8, 8, 1), {"latent_dim": 0}, "`latent_dim` must be a positive integer"),
        ((8, 8, 1), {"downsampling": "pool"}, "`downsampling` must be"),
        ((8, 8, 1), {"upsampling": "bilinear"}, "`upsampling` must be"),
        ((8, 8, 1), {"separable": "yes"}, "`separable` must be"),
        ((8, 8, 1), {"normalization": "group"}, "`normalization` must be"),
        ((8, 8, 1), {"upsampling": "switches"}, "Switches are made by downsampling"),
        (
            (8, 8, 1),
            {"separable": "full", "upsampling": "transpose"},
            "no separable transposed convolution",
        ),
        (
            (8, 8, 1),
            {"separable": "full", "tie_weights": True},
            "A separable convolution has no kernel to tie",
        ),
        (
            (8, 8, 1),
            {"downsampling": "max_pool", "tie_weights": True},
            "A tied convolution must mirror its level",
        ),
        (
            (8, 8, 1),
            {"output_kernel_size": 3, "tie_weights": True},
            "The mirror of tied kernels has no further convolution",
        ),
        (
            (8, 8, 3),
            {"separable": "depthwise"},
            "makes a multiple of the channels",
        ),
    ],
)
def test_what_cannot_be_built_is_refused(shape, arguments, message):
    with pytest.raises(ValueError, match=message):
        networks.convolutional(shape, **{"filters": [4, 8], **arguments})


def test_switches_go_with_models_that_can_use_them():
    images = np.random.default_rng(0).random((4, 7, 9, 1), dtype="float32")
    made = networks.convolutional((7, 9, 1), [3, 4], downsampling="switches")
    model = tfae.Autoencoder(*made)
    codes, switches = model.encode(images), model.encode_switches(images)
    assert codes.shape == (4, 2, 3, 4)
    assert [one.shape for one in switches] == [(4, 4, 5, 3), (4, 2, 3, 4)]
    np.testing.assert_allclose(model.decode(codes, *switches), model(images), atol=1e-6)
    with pytest.raises(ValueError, match="Give those that `encode_switches` returns"):
        model.decode(codes)
    with pytest.raises(ValueError, match="Give those that `encode_switches` returns"):
        model.decode(codes, *switches[::-1])
    for kind in (tfae.WinnerTakeAllAutoencoder, tfae.VQVAE):
        with pytest.raises(ValueError, match="takes an encoder that gives codes alone"):
            kind(*made).build((None, 7, 9, 1))
    for build in (networks.convolutional_variational, networks.convolutional_quantized):
        with pytest.raises(ValueError, match=r'Received: downsampling="switches"'):
            build((7, 9, 1), [3, 4], 2, downsampling="switches")
    head = tfae.fine_tuning.classifier(model, num_classes=3)
    assert head(images).shape == (4, 3)


@pytest.mark.parametrize("shape", [(4, 16, 8), (3, 5, 2), (4, 4, 5), (1, 28, 32)])
def test_few_rows_of_many_channels_are_taken(shape):
    decoder = networks.convolutional(shape, [2])[1]
    assert decoder.output_shape == (None, *shape)


def test_a_stack_names_its_own_arguments():
    with pytest.raises(ValueError, match="smaller `pool_size`"):
        tfae.ConvolutionalStackedAutoencoder((4, 4, 1), [3] * 4)
    with pytest.raises(ValueError, match="`pool_size` must be a positive integer"):
        tfae.ConvolutionalStackedAutoencoder((8, 8, 1), [3], pool_size=0)


def test_a_decoder_that_misses_the_size_says_by_how_much():
    encoder, _ = networks.convolutional((7, 9, 1), [2])
    decoder = keras.Sequential(
        [keras.Input((4, 5, 2)), keras.layers.Conv2DTranspose(1, 3, 2, "same")]
    )
    model = tfae.Autoencoder(encoder, decoder)
    model.compile("sgd", "mse", run_eagerly=True)
    with pytest.raises(ValueError, match=r"differ by \[1, 1, 0\]. .*`output_padding`"):
        model.fit(np.zeros((2, 7, 9, 1), "float32"), verbose=0)


def test_switches_of_any_size_are_decoded():
    inputs = keras.Input((None, None, 1))
    maxima, switches = tfae.layers.MaxPoolingWithSwitches2D(2)(inputs)
    encoder = keras.Model(inputs, [maxima, switches])
    given = [keras.Input((None, None, 1)), keras.Input((None, None, 1), dtype="int32")]
    decoder = keras.Model(given, tfae.layers.MaxUnpooling2D(2)(given))
    model = tfae.Autoencoder(encoder, decoder)
    for size in ((4, 6), (8, 2)):
        images = np.random.default_rng(0).random((3, *size, 1), dtype="float32")
        codes, switches = model.encode(images), model.encode_switches(images)
        outputs = model.decode(codes, *switches)
        np.testing.assert_array_equal(outputs, model(images))
