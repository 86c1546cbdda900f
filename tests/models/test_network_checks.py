"""Networks that do not go with each other, and networks of images of any size."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from conftest import mostly_slow, slow

import tfae

pytestmark = pytest.mark.usefixtures("eager")


def sequential(shape, *layers):
    return keras.Sequential([keras.Input(shape), *layers])


def images(size=28, padding="valid", channels=1, last=()):
    """Networks whose decoder makes one pixel too many with the padding "valid"."""
    halves = keras.layers.Conv2D(2, 3, 2, padding="same")
    doubles = keras.layers.Conv2DTranspose(channels, 3, 2, padding=padding, name="up")
    half = -(-size // 2)
    encoder = sequential((size, size, 1), halves)
    return encoder, sequential((half, half, 2), doubles, *last)


def compiled(kind, *networks, loss="mse", **options):
    model = kind(*networks, **options)
    model.compile("adam", loss)
    return model


def refusing(networks):
    return compiled(tfae.Autoencoder, *networks)


def test_a_decoder_of_one_pixel_more_is_refused_when_built():
    message = (
        r"examples of shape \(28, 28, 1\)\. Received: outputs of shape \(29, 29, 1\), "
        r"which differ by \[1, 1, 0\]\. Change `padding` or `output_padding` of its "
        "layer 'up'"
    )
    x = np.zeros((4, 28, 28, 1), "float32")
    for act in (
        lambda model: model.build((None, 28, 28, 1)),
        lambda model: model(x),
        lambda model: model.fit(x, verbose=0),
        lambda model: model.predict(x, verbose=0),
        lambda model: tfae.fine_tuning.classifier(model, 3),
    ):
        with pytest.raises(ValueError, match=message):
            act(refusing(images()))
    variational = variational_of_any_size(padding="valid", likelihood=None)
    with pytest.raises(ValueError, match=r"outputs of shape \(9, 9, 1\)"):
        variational.build((None, 8, 8, 1))


@pytest.mark.parametrize(
    ("networks", "shape", "layer"),
    [
        (
            (
                sequential((6,), keras.layers.Dense(3)),
                sequential((3,), keras.layers.Dense(7, name="last")),
            ),
            (6,),
            "its layer 'last'",
        ),
        (
            (
                sequential((7, 2), keras.layers.Conv1D(3, 3, 2, padding="same")),
                sequential(
                    (4, 3),
                    keras.layers.UpSampling1D(2, name="twice"),
                    keras.layers.Dense(2),
                ),
            ),
            (7, 2),
            "`size` of its layer 'twice'",
        ),
    ],
)
def test_the_layer_to_change_is_named(networks, shape, layer):
    with pytest.raises(ValueError, match=layer):
        refusing(networks).build((None, *shape))


def test_outputs_of_another_shape_train_with_targets_of_their_own():
    x = np.random.default_rng(0).random((4, 28, 28, 1), dtype="float32")
    larger = np.pad(x, ((0, 0), (0, 1), (0, 1), (0, 0)))
    cropped = (keras.layers.Resizing(14, 14),)
    cases = (
        (images(), larger),
        (images(padding="same", last=cropped), x[:, ::2, ::2]),
        (images(padding="same", channels=3), np.repeat(x, 3, axis=-1)),
    )
    for networks, targets in cases:
        model = refusing(networks)
        model.fit(x, targets, verbose=0)
        assert model.predict(x, verbose=0).shape == targets.shape
    stream = tf.data.Dataset.from_tensor_slices((x, larger)).batch(2)
    refusing(images()).fit(stream, shuffle=False, verbose=0)


def two_of(shape, units):
    inputs = keras.Input(shape)
    heads = [keras.layers.Dense(units)(inputs) for _ in range(2)]
    return keras.Model(inputs, heads, name="two_heads")


def two_inputs():
    inputs = [keras.Input((64,)), keras.Input((64,))]
    codes = keras.layers.Dense(4)(keras.layers.Add()(inputs))
    return keras.Model(inputs, codes, name="two_inputs")


@pytest.mark.parametrize(
    ("networks", "message"),
    [
        (
            lambda: (two_inputs(), sequential((4,), keras.layers.Dense(64))),
            "encoder must take one tensor of inputs. Received: 'two_inputs', which",
        ),
        (
            lambda: (sequential((64,), keras.layers.Dense(4)), two_of((4,), 64)),
            "decoder must give one tensor of outputs. Received: 'two_heads', which",
        ),
        (
            lambda: (two_of((64,), 4), sequential((4,), keras.layers.Dense(64))),
            "take the outputs of the encoder. Received: 2 tensors of 'two_heads'",
        ),
    ],
)
def test_several_inputs_or_outputs_are_refused(networks, message, vectors):
    for act in (
        lambda model: model.fit(vectors, verbose=0),
        lambda model: model(vectors),
        lambda model: model.build((None, 64)),
    ):
        with pytest.raises(ValueError, match=message) as error:
            act(refusing(networks()))
        assert "has no attribute" not in str(error.value)


@pytest.mark.parametrize("named", [True, slow(False)])
def test_tokens_train_as_in_plain_keras(named):
    tokens = np.random.default_rng(0).integers(0, 10, (16, 6))
    networks = (
        sequential(
            (6,),
            keras.layers.Embedding(10, 4),
            keras.layers.Flatten(),
            keras.layers.Dense(8),
        ),
        sequential(
            (8,),
            keras.layers.Dense(60),
            keras.layers.Reshape((6, 10)),
            keras.layers.Softmax(),
        ),
    )
    loss = "sparse_categorical_crossentropy"
    loss = loss if named else keras.losses.SparseCategoricalCrossentropy()
    plain = keras.Sequential([*networks])
    plain.compile(loss=loss)
    model = compiled(tfae.Autoencoder, *networks, loss=loss)
    for weights in (None, np.linspace(0, 2, 16), np.linspace(0, 2, 96).reshape(16, 6)):
        if weights is None or weights.ndim == 2:
            expected = plain.evaluate(tokens, tokens, sample_weight=weights, verbose=0)
        else:
            rows = np.repeat(weights[:, None], 6, axis=1)
            expected = plain.evaluate(tokens, tokens, sample_weight=rows, verbose=0)
        found = model.evaluate(tokens, sample_weight=weights, verbose=0)[0]
        assert found == pytest.approx(expected, rel=1e-5)
    model.fit(tokens, epochs=2, validation_data=(tokens, None), verbose=0)
    with pytest.raises(ValueError, match="Leave labels out"):
        model.fit(tokens, np.arange(16), verbose=0)


def of_any_size(activation="sigmoid"):
    up = keras.layers.Conv2DTranspose(1, 3, 2, padding="same", activation=activation)
    return (
        sequential((None, None, 1), keras.layers.Conv2D(2, 3, 2, padding="same")),
        sequential((None, None, 2), up),
    )


def variational_of_any_size(
    kind=tfae.VariationalAutoencoder, padding="same", likelihood="bernoulli"
):
    inputs = keras.Input((None, None, 1))
    maps = keras.layers.Conv2D(2, 3, 2, padding="same")(inputs)
    encoder = keras.Model(inputs, [keras.layers.Conv2D(2, 1)(maps) for _ in range(2)])
    up = keras.layers.Conv2DTranspose(1, 3, 2, padding=padding)
    decoder = sequential((None, None, 2), up)
    loss = "mse" if likelihood is None else None
    return compiled(kind, encoder, decoder, loss=loss, likelihood=likelihood)


OF_ANY_SIZE = {
    "plain": lambda: compiled(tfae.Autoencoder, *of_any_size()),
    "denoising": lambda: compiled(
        tfae.DenoisingAutoencoder, *of_any_size(), corruption=keras.layers.Dropout(0.2)
    ),
    "quantized": lambda: compiled(tfae.VQVAE, *of_any_size(), num_codes=4),
    "variational": variational_of_any_size,
    "importance": lambda: variational_of_any_size(tfae.ImportanceWeightedAutoencoder),
    "score": lambda: compiled(
        tfae.ScoreMatchingAutoencoder, *of_any_size("linear"), loss=None
    ),
}


@pytest.mark.parametrize("name", mostly_slow(OF_ANY_SIZE, "plain"))
def test_images_of_any_size_train_encode_evaluate_and_are_drawn(name):
    x = np.random.default_rng(0).random((4, 8, 8, 1), dtype="float32")
    sizes = [x, x[:, :4], x[:2]]
    stream = tf.data.Dataset.from_generator(
        lambda: iter(sizes), output_signature=tf.TensorSpec((None, None, None, 1))
    ).apply(tf.data.experimental.assert_cardinality(3))
    model = OF_ANY_SIZE[name]()
    model.build((None, None, None, 1))
    history = model.fit(stream, shuffle=False, validation_data=stream, verbose=0)
    assert np.isfinite(history.history["val_loss"]).all()
    for size in sizes:
        logs = [model.evaluate(size, verbose=0, return_dict=True) for _ in range(2)]
        assert logs[0] == pytest.approx(logs[1], rel=1e-6)
        assert model.predict(size, verbose=0).shape == size.shape
        codes = model.encode(size)
        assert codes.shape[1:3] == (size.shape[1] // 2, size.shape[2] // 2)
    if name in ("variational", "importance", "score"):
        options = {"steps": 2} if name == "score" else {}
        drawn = [model.sample(3, seed=1, shape=(4, 8, 1), **options) for _ in range(2)]
        assert drawn[0].shape == (3, 4, 8, 1)
        np.testing.assert_array_equal(*drawn)
        for shape in (None, (4, 8), (4, 8, 2), "any"):
            with pytest.raises(ValueError, match=r"`shape` must be.*sample\(count"):
                model.sample(3, shape=shape, **options)


def test_a_prior_of_codes_is_of_one_size():
    model = compiled(tfae.VQVAE, *of_any_size(), num_codes=4, prior={})
    with pytest.raises(ValueError, match="inputs of one size"):
        model.build((None, None, None, 1))


def test_only_models_with_a_density_have_log_likelihoods(vectors):
    model = compiled(tfae.Autoencoder, *tfae.networks.dense(64, [8]))
    with pytest.raises(ValueError, match=r"no `log_weights`.*VariationalAutoencoder"):
        tfae.evaluation.log_likelihoods(model, vectors)


def test_a_model_of_other_targets_is_loaded_as_it_was(tmp_path):
    x = np.random.default_rng(0).random((8, 10, 10, 1)).astype("float32")
    encoder = keras.Sequential([keras.Input((10, 10, 1)), keras.layers.Conv2D(2, 3)])
    decoder = keras.Sequential([keras.Input((8, 8, 2)), keras.layers.Conv2D(1, 1)])
    model = tfae.Autoencoder(encoder, decoder)
    model.compile("adam", "mse")
    model.fit(x, x[:, 1:-1, 1:-1], verbose=0)
    model.save(tmp_path / "model.keras")
    loaded = tfae.load(tmp_path / "model.keras")
    assert loaded.code_shape == (8, 8, 2)
    np.testing.assert_array_equal(loaded.predict(x), model.predict(x))
