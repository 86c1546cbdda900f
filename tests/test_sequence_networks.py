"""Networks of series: lengths, padding, training, files and servers."""

import keras
import numpy as np
import pytest
from c_runner import runner
from conftest import mostly_slow, slow

import tfae
from tfae import networks
from tfae.export import export

KINDS = ("lstm", "gru", "convolution")
PADDING = -3.0
TIME, FEATURES = 7, 2
SMALL = {"units": [5, 4], "latent_dim": 3}  # of which one layer is an inner one
# As `SMALL`, with codes that series of any length have.
ANY = {kind: dict(SMALL) for kind in KINDS}
ANY["convolution"]["latent_dim"] = None


def series(count=4, time=TIME, seed=0):
    shape = (count, time, FEATURES)
    return np.random.default_rng(seed).random(shape, dtype="float32")


def padded(values, steps):
    """Series with so many steps of padding at their ends."""
    borders = ((0, 0), (0, steps), (0, 0))
    return np.pad(values, borders, constant_values=PADDING)


def new_model(shape, kind="gru", model=tfae.Autoencoder, arguments=(), **options):
    keras.utils.set_random_seed(0)
    model = model(*networks.sequence(shape, kind, **options), *arguments)
    model.compile(keras.optimizers.SGD(0.1), "mse", run_eagerly=True)
    return model


@pytest.mark.parametrize("kind", mostly_slow(KINDS, "convolution"))
@pytest.mark.parametrize("time", mostly_slow([1, 2, 3, 8, 11], 1, 11))
def test_any_length_is_rebuilt_by_the_networks_of_any_length(kind, time):
    encoder, decoder = networks.sequence((None, FEATURES), kind, **ANY[kind])
    values = series(time=time)
    codes, steps = encoder(values)
    assert codes.shape[0] == 4
    assert codes.shape[1:] == ((3,) if kind != "convolution" else (-(-time // 4), 4))
    np.testing.assert_array_equal(steps, np.ones((4, time)))
    assert decoder([codes, steps]).shape == values.shape


@pytest.mark.parametrize(
    "strides", mostly_slow([1, 2, [3, 1], [2, 5], [4, 3]], 2, [4, 3])
)
@pytest.mark.parametrize("kernel_size", mostly_slow([1, 2, 5], 2))
@pytest.mark.parametrize("time", mostly_slow([1, 6, 13], 13))
def test_convolutions_of_any_stride_mirror_any_length(strides, kernel_size, time):
    options = {"kernel_size": kernel_size, "strides": strides, "units": [3, 2]}
    values = series(time=time)
    encoder, decoder = networks.sequence(
        (None, FEATURES), "convolution", latent_dim=None, **options
    )
    assert decoder(encoder(values)).shape == values.shape
    if time < np.prod(strides):
        return
    known = networks.sequence((time, FEATURES), "convolution", latent_dim=3, **options)
    assert known[1](known[0](values)).shape == values.shape
    maps = networks.sequence(
        (time, FEATURES), "convolution", latent_dim=None, **options
    )
    for network, other in zip(maps, (encoder, decoder), strict=True):
        network.set_weights(other.get_weights())
    expected = decoder(encoder(values))
    np.testing.assert_allclose(maps[1](maps[0](values)), expected, atol=1e-6)


@pytest.mark.parametrize("kind", mostly_slow(KINDS, "convolution"))
def test_padding_counts_as_if_it_were_cut_off(kind):
    model = new_model((None, FEATURES), kind, mask_value=PADDING, **ANY[kind])
    values = series()
    longer = padded(values, 3)
    codes, expected = np.array(model.encode(longer)), np.array(model.encode(values))
    np.testing.assert_allclose(codes[:, : expected.shape[1]], expected, atol=1e-6)
    assert not codes[:, expected.shape[1] :].any()
    outputs = np.array(model(longer))
    np.testing.assert_allclose(outputs[:, :TIME], model(values), atol=1e-6)
    assert (outputs[:, TIME:] == PADDING).all()
    # A mean over all steps, of which those of padding cost nothing.
    loss, cut = (model.test_on_batch(one)[0] for one in (longer, values))
    assert loss * (TIME + 3) == pytest.approx(cut * TIME, rel=1e-5)
    copy = new_model((None, FEATURES), kind, mask_value=PADDING, **ANY[kind])
    model.optimizer.learning_rate = 0.1 * (TIME + 3) / TIME
    model.fit(longer, verbose=0, shuffle=False)
    copy.fit(values, verbose=0, shuffle=False)
    for ours, theirs in zip(model.get_weights(), copy.get_weights(), strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-6)


@pytest.mark.parametrize("kind", mostly_slow(KINDS, "convolution"))
def test_missing_steps_change_no_other_output(kind):
    model = new_model((TIME, FEATURES), kind, mask_value=PADDING, **SMALL)
    values = series()
    values[:, 2] = PADDING
    assert (np.array(model(values))[:, 2] == PADDING).all()
    other = new_model((TIME, FEATURES), kind, mask_value=9.0, **SMALL)
    masked = np.where(values == PADDING, np.float32(9), values)
    expected = np.delete(model(values), 2, axis=1)
    np.testing.assert_array_equal(np.delete(other(masked), 2, axis=1), expected)
    if kind != "convolution":  # which sees how far apart steps are
        options = {"mask_value": PADDING, **SMALL}
        short = new_model((None, FEATURES), kind, **options)
        short.set_weights(model.get_weights())
        without = np.delete(values, 2, axis=1)
        np.testing.assert_allclose(short(without), expected, atol=1e-6)


@pytest.mark.parametrize("kind", mostly_slow(KINDS, "convolution"))
def test_noise_leaves_padding_as_it_is(kind):
    noise = (keras.layers.GaussianNoise(0.5),)
    model = new_model(
        (None, FEATURES),
        kind,
        tfae.DenoisingAutoencoder,
        noise,
        mask_value=PADDING,
        **ANY[kind],
    )
    values = padded(series(), 3)
    corrupted = np.array(model.corrupt(values, seed=1))
    assert (corrupted[:, TIME:] == PADDING).all()
    assert (corrupted[:, :TIME] != values[:, :TIME]).all()
    assert (np.array(model(corrupted))[:, TIME:] == PADDING).all()
    model.fit(values, verbose=0)


SHAPES = [
    ("known", {"input_shape": (TIME, FEATURES)}),
    ("padded", {"input_shape": (TIME, FEATURES), "mask_value": PADDING}),
    ("any", {"input_shape": (None, FEATURES)}),
    ("any, padded", {"input_shape": (None, FEATURES), "mask_value": PADDING}),
]


@pytest.mark.slow
@pytest.mark.parametrize("kind", mostly_slow(KINDS, "convolution"))
@pytest.mark.parametrize(
    ("name", "options"),
    [one if one[0] == "any, padded" else slow(*one) for one in SHAPES],
)
def test_models_of_series_train_are_saved_and_served(kind, name, options, tmp_path):
    sizes = {**(ANY[kind] if "any" in name else SMALL), "units": [4]}
    shape = options["input_shape"]
    options = {key: one for key, one in options.items() if key != "input_shape"}
    model = new_model(shape, kind, **sizes, **options)
    values = series()
    if options:
        values[1, 5:] = PADDING
    model.build((None, *shape))  # or it would serve series of this length
    model.fit(values, verbose=0)
    outputs = np.array(model(values))
    assert outputs.shape == values.shape
    model.save(tmp_path / "model.keras")
    loaded = tfae.load(tmp_path / "model.keras")
    np.testing.assert_allclose(loaded(values), outputs, atol=1e-6)
    path = export(model, tmp_path / "served", examples=values)
    longer = series(3, 2 * TIME) if "any" in name else values
    expected = np.array(model(longer))
    served = runner().run(path, "serving_default", {"inputs": longer})
    np.testing.assert_allclose(served["reconstruction"], expected, atol=1e-5)
    served = runner().run(path, "score", {"inputs": longer})
    errors = ((expected - longer) ** 2).mean(axis=(1, 2))
    np.testing.assert_allclose(served["score"], errors, rtol=1e-4)
    codes = runner().run(path, "encode", {"inputs": longer})
    served = runner().run(path, "decode", codes)
    np.testing.assert_allclose(served["reconstruction"], expected, atol=1e-5)


@pytest.mark.parametrize("kind", mostly_slow(KINDS))
def test_compiled_steps_are_those_of_the_plain_model(kind):
    histories = []
    for jit_compile in (False, True):
        # For cuDNN Keras does without XLA, but for series with padding.
        model = new_model((TIME, FEATURES), kind, mask_value=PADDING, **SMALL)
        model.compile("sgd", "mse", jit_compile=jit_compile)
        history = model.fit(series(), epochs=2, verbose=0, shuffle=False)
        histories.append(history.history["loss"])
    np.testing.assert_allclose(*histories, rtol=1e-4)


@pytest.mark.parametrize("kind", mostly_slow(KINDS, "convolution"))
def test_half_precision_trains_series_with_padding(kind):
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy("mixed_float16")
    try:
        model = new_model((TIME, FEATURES), kind, mask_value=PADDING, **SMALL)
        with pytest.raises(ValueError, match=r"a number of float16.*mask_value=0\.1"):
            networks.sequence((TIME, FEATURES), kind, mask_value=0.1)
    finally:
        keras.config.set_dtype_policy(before)
    values = padded(series(time=5), 2)
    history = model.fit(values, epochs=2, verbose=0).history
    assert np.isfinite(history["loss"]).all()
    assert (model.predict(values, verbose=0)[:, 5:] == PADDING).all()


NOISE = keras.layers.GaussianNoise(0.1)
CLASSES = {
    "SparseAutoencoder": lambda *pair: tfae.SparseAutoencoder(*pair, penalty="l1"),
    "DenoisingAutoencoder": lambda *pair: tfae.DenoisingAutoencoder(*pair, NOISE),
    "ContractiveAutoencoder": lambda *pair: tfae.ContractiveAutoencoder(
        *pair, method="estimate"
    ),
    "WinnerTakeAllAutoencoder": lambda *pair: tfae.WinnerTakeAllAutoencoder(
        *pair, winners=tfae.layers.KSparse(2)
    ),
    "AdversarialAutoencoder": lambda *pair: tfae.AdversarialAutoencoder(*pair),
}


@pytest.mark.parametrize("kind", mostly_slow(KINDS, "gru"))
@pytest.mark.parametrize("name", mostly_slow(CLASSES, "ContractiveAutoencoder"))
def test_the_classes_take_series_of_a_known_length(name, kind):
    keras.utils.set_random_seed(0)
    made = networks.sequence((TIME, FEATURES), kind, **SMALL)
    model = CLASSES[name](*made)
    model.compile("adam", "mse", run_eagerly=True)
    history = model.fit(series(8), epochs=1, verbose=0).history
    assert np.isfinite(history["loss"]).all()
    assert model.encode(series()).shape == (4, 3)
    assert model.predict(series(), verbose=0).shape == series().shape


@pytest.mark.parametrize("kind", mostly_slow(KINDS, "lstm"))
def test_variational_models_of_series_train_and_draw(kind, tmp_path):
    pair = networks.sequence_variational((TIME, FEATURES), kind, **SMALL)
    model = tfae.VariationalAutoencoder(*pair, likelihood="gaussian")
    model.compile("adam", run_eagerly=True)
    model.fit(series(), verbose=0)
    assert model.sample(2, seed=0).shape == (2, TIME, FEATURES)
    model.save(tmp_path / "model.keras")
    loaded = tfae.load(tmp_path / "model.keras")
    np.testing.assert_allclose(loaded(series()), model(series()), atol=1e-6)
    twice = networks.sequence_variational(
        (TIME, FEATURES), kind, outputs_per_feature=2, **SMALL
    )
    assert twice[1].output_shape == (None, TIME, 2 * FEATURES)


def test_what_gives_steps_beside_codes_goes_with_classes_that_take_them():
    made = networks.sequence((None, FEATURES), "gru", **SMALL)
    with pytest.raises(ValueError, match="for a known number of steps, without pad"):
        tfae.WinnerTakeAllAutoencoder(*made).build((None, TIME, FEATURES))


@pytest.mark.parametrize(
    ("shape", "options", "message"),
    [
        ((8,), {}, r"examples of shape \(time, features\)"),
        ((8, 8, 1), {}, r"examples of shape \(time, features\)"),
        (8, {}, r"examples of shape \(time, features\)"),
        ((8, None), {}, "`features` must be a positive integer"),
        ((0, 3), {}, "`time` must be a positive integer"),
        ((8, 3), {"kind": "rnn"}, "`kind` must be lstm, gru or convolution"),
        ((8, 3), {"units": []}, "`units` must hold the width of one layer"),
        ((8, 3), {"units": [4, 0]}, "`units` must be a sequence of positive"),
        ((8, 3), {"latent_dim": 0}, "`latent_dim` must be a positive integer"),
        ((8, 3), {"latent_dim": None}, "The code of recurrent networks is a vector"),
        ((8, 3), {"strides": 2}, "`strides` is for convolutions"),
        ((8, 3), {"kernel_size": 2}, "`kernel_size` is for convolutions"),
        ((8, 3), {"mask_value": "no"}, "`mask_value` must be a finite number"),
        ((8, 3), {"dropout": 1}, r"`dropout` must be in \[0, 1\)"),
        ((None, 3), {"kind": "convolution"}, "a code of each length of a series"),
        ((8, 3), {"kind": "convolution", "strides": [2]}, "of one for each of 2 lev"),
        ((8, 3), {"kind": "convolution", "strides": 0}, "`strides` must be a posi"),
        ((8, 3), {"kind": "convolution", "kernel_size": 0}, "`kernel_size` must be"),
        ((2, 3), {"kind": "convolution", "strides": 4}, "too short for 2 levels"),
    ],
)
def test_what_cannot_be_built_is_refused(shape, options, message):
    with pytest.raises(ValueError, match=message):
        networks.sequence(shape, **{"units": [4, 4], **options})
    if "latent_dim" not in options and "mask_value" not in options:
        options = {"units": [4, 4], **options}
        with pytest.raises(ValueError, match=r"must be|Received"):
            networks.sequence_variational(shape, **options)


def test_variational_series_have_a_known_length():
    with pytest.raises(ValueError, match="number of steps cannot be inferred"):
        networks.sequence_variational((None, 3))
    with pytest.raises(ValueError, match="`scale` must be"):
        networks.sequence_variational((8, 3), scale="variance")
