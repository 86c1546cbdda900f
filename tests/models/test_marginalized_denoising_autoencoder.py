"""The closed form: the limit of explicit corruption, layer by layer."""

import keras
import numpy as np
import pytest
import tensorflow as tf

import tfae
from tfae.models.moments import corrupt_moments, solution

RATE = 0.4


def new_model(**arguments):
    model = tfae.MarginalizedDenoisingAutoencoder(
        8, **{"rate": RATE, "regularization": 1e-8, **arguments}
    )
    model.compile(loss="mse")
    return model


def data(rows=300):
    generator = np.random.default_rng(0)
    mixed = generator.normal(size=(rows, 5)) @ generator.normal(size=(5, 8))
    return (mixed + 0.3 * generator.normal(size=(rows, 8)) + 1).astype("float32") / 4


def with_constant(inputs):
    return np.column_stack([inputs, np.ones(len(inputs))]).astype("float64")


def explicit(inputs, copies, generator):
    """Least squares from `copies` masked copies of the inputs."""
    clean = np.tile(inputs.astype("float64"), (copies, 1))
    masked = clean * (generator.random(clean.shape) >= RATE)
    return np.linalg.lstsq(with_constant(masked), clean, rcond=None)[0]


def test_a_layer_is_the_limit_of_explicit_corruption():
    inputs = data()
    model = new_model()
    model.fit(inputs, batch_size=64, verbose=0)
    layer = model.encoder.layers[0]
    found = np.vstack([np.array(layer.kernel), np.array(layer.bias)])
    generator = np.random.default_rng(1)
    gaps = {}
    for copies in (4, 16, 64, 256):
        draws = [explicit(inputs, copies, generator) - found for _ in range(10)]
        gaps[copies] = np.sqrt(np.mean(np.square(draws)))
    # Four times the copies halve the gap.
    for copies in (4, 16, 64):
        assert gaps[4 * copies] / gaps[copies] == pytest.approx(0.5, abs=0.12)
    np.testing.assert_allclose(
        model.denoise(inputs), with_constant(inputs) @ found, atol=1e-5
    )


def test_layers_are_stacked_on_the_hidden_representation():
    inputs = data()
    model = new_model(depth=2)
    model.fit(inputs, batch_size=64, verbose=0)
    hidden = inputs
    for layer in model.encoder.layers:
        moments = with_constant(hidden).T @ with_constant(hidden) / len(hidden)
        weights = solution(*corrupt_moments(moments, moments[:, :8], RATE), 1e-8)
        np.testing.assert_allclose(layer.kernel, weights[:-1], rtol=1e-3, atol=1e-4)
        hidden = np.tanh(with_constant(hidden) @ weights)
    np.testing.assert_allclose(model.encode(inputs), hidden, atol=1e-3)
    best = np.linalg.lstsq(with_constant(hidden), inputs, rcond=None)[0]
    error = np.mean((with_constant(hidden) @ best - inputs) ** 2)
    assert np.mean((model(inputs) - inputs) ** 2) == pytest.approx(error, rel=1e-2)


def test_batches_and_streams_make_no_difference():
    inputs = data()
    models = [new_model(depth=2) for _ in range(3)]
    models[0].fit(inputs, batch_size=300, verbose=0)
    models[1].fit(inputs, batch_size=7, verbose=0)
    stream = tf.data.Dataset.from_tensor_slices(inputs).batch(50)
    models[2].fit(stream, shuffle=False, verbose=0)
    for model in models[1:]:
        np.testing.assert_allclose(model(inputs), models[0](inputs), atol=1e-3)


def test_without_corruption_the_solution_is_the_identity():
    moments = with_constant(data()).T @ with_constant(data())
    expected = np.vstack([np.eye(8), np.zeros((1, 8))])
    found = solution(*corrupt_moments(moments, moments[:, :8], 0.0))
    np.testing.assert_allclose(found, expected, atol=1e-6)


def test_the_loss_is_the_expected_error_of_the_layer():
    inputs = data()
    model = new_model()
    history = model.fit(inputs, batch_size=64, verbose=0, shuffle=False).history
    generator = np.random.default_rng(2)
    errors = []
    for _ in range(300):
        masked = inputs * (generator.random(inputs.shape) >= RATE)
        errors.append(np.mean((np.array(model.denoise(masked)) - inputs) ** 2))
    error = np.std(errors) / np.sqrt(len(errors))
    assert history["loss"][0] == pytest.approx(np.mean(errors), abs=4 * error)
    decoded = np.mean((np.array(model(inputs)) - inputs) ** 2)
    assert history["loss"][1] == pytest.approx(decoded, rel=1e-2)


def test_a_singular_covariance_is_regularized_and_says_so():
    inputs = data()
    inputs[:, 3] = 0
    with (
        pytest.warns(UserWarning, match="Only 1 of 2 layers .* before: decoder_1"),
        pytest.warns(UserWarning, match="encoder_1 is singular.*1e-05 was added"),
    ):
        new_model(regularization=None).fit(inputs, epochs=1, verbose=0)
    with pytest.raises(ValueError, match="singular with regularization=0"):
        new_model(regularization=0).fit(inputs, epochs=1, verbose=0)


def test_an_epoch_solves_a_layer_and_is_not_stopped_early():
    model = new_model(depth=2)
    before = model.decoder.get_weights()
    with pytest.warns(UserWarning, match="Only 2 of 3 layers .*Fit with epochs=3"):
        model.fit(data(), epochs=2, verbose=0)
    np.testing.assert_array_equal(model.decoder.get_weights()[0], before[0])
    model.fit(data(), epochs=3, initial_epoch=2, verbose=0)  # no warning: an error here
    assert (model.decoder.get_weights()[0] != before[0]).any()
    with pytest.raises(ValueError, match="nothing to stop early"):
        model.fit(data(), callbacks=[keras.callbacks.EarlyStopping("loss")])


@pytest.mark.parametrize("options", [{"sample_weight": np.ones(300)}, {"y": data()}])
def test_targets_and_weights_are_refused(options):
    with pytest.raises(ValueError, match="neither targets nor weights"):
        new_model().fit(data(), epochs=1, verbose=0, **options)


@pytest.mark.parametrize(
    "arguments",
    [{"depth": 0}, {"rate": 1}, {"rate": -0.1}, {"regularization": -1}],
    ids=str,
)
def test_arguments_have_ranges(arguments):
    with pytest.raises(ValueError, match=f"`{next(iter(arguments))}` must be"):
        new_model(**arguments)


def test_the_moments_are_no_part_of_the_model(tmp_path):
    model = new_model()
    model.fit(data(), verbose=0)
    count = 8 * 8 * 2 + 8 * 2
    assert model.count_params() == count
    model.save(tmp_path / "model.keras")
    loaded = tfae.load(tmp_path / "model.keras")
    np.testing.assert_array_equal(loaded(data()), model(data()))


def test_fit_is_called_as_that_of_any_model():
    model = tfae.MarginalizedDenoisingAutoencoder(8, regularization=1e-8)
    with pytest.raises(ValueError, match="Compile the model before fit"):
        model.fit(data())
    model.compile(loss="mse", metrics=["mae"])
    with pytest.raises(ValueError, match="fitted by fit"):
        model.train_on_batch(data())
    with pytest.raises(ValueError, match=r"shape \(8,\). Received: .*\(9,\)"):
        model.fit(np.zeros((20, 9)), verbose=0)
    callback = keras.callbacks.TerminateOnNaN()
    history = model.fit(data(), None, 50, 2, 0, callback, validation_data=(data(),))
    assert len(history.history["val_mae"]) == 2


@pytest.mark.filterwarnings("ignore:Layer .* does not have a `quantize` method")
@pytest.mark.slow
def test_a_quantized_model_survives(tmp_path):
    inputs = data()
    model = new_model()
    model.fit(inputs, verbose=0)
    linear = np.array(model.denoise(inputs))
    model.quantize("int8")
    np.testing.assert_allclose(model.denoise(inputs), linear, atol=0.02)
    model.save(tmp_path / "model.keras")
    loaded = tfae.load(tmp_path / "model.keras")
    np.testing.assert_array_equal(loaded(inputs), model(inputs))
