"""The spine: targets, weights, terms, precision and what a variant may rely on."""

import keras
import numpy as np
import oracles
import pytest
import tensorflow as tf
from keras import ops

import tfae


def new_model(**options):
    """Steps are run eagerly, since few are taken: tracing would take longer."""
    encoder, decoder = tfae.networks.dense(64, [32, 8])
    model = tfae.Autoencoder(encoder, decoder)
    given = {"optimizer": "adam", "loss": "mse", "run_eagerly": True}
    model.compile(**{**given, **options})
    return model


def test_fit_reconstructs_its_input(vectors):
    model = new_model()
    logs = model.evaluate(vectors, verbose=0, return_dict=True)
    outputs = model.predict(vectors, verbose=0)
    assert logs["loss"] == pytest.approx(np.mean((outputs - vectors) ** 2), rel=1e-5)
    assert logs["reconstruction"] == logs["loss"]


def test_fit_takes_noisy_inputs_with_clean_targets(vectors):
    noisy = vectors + 0.5
    model = new_model()
    logs = model.evaluate(noisy, vectors, verbose=0, return_dict=True)
    outputs = model.predict(noisy, verbose=0)
    assert logs["loss"] == pytest.approx(np.mean((outputs - vectors) ** 2), rel=1e-5)


def test_sample_weight_counts_without_targets_too(vectors):
    model = tfae.StackedAutoencoder(64, [8])
    model.compile("adam", "mse")
    before = model.get_weights()
    weights = np.zeros(len(vectors))
    model.fit(vectors, sample_weight=weights, verbose=0)
    for value, old in zip(model.get_weights(), before, strict=True):
        np.testing.assert_array_equal(value, old)
    assert model.evaluate(vectors, sample_weight=weights, verbose=0) == [0, 0]


@pytest.mark.parametrize("loss", ["mse", tfae.losses.SummedSquaredError()])
def test_weights_of_images_are_those_of_examples(loss):
    images = np.random.default_rng(0).random((4, 4, 4, 1), dtype="float32")
    model = tfae.Autoencoder(*tfae.networks.convolutional((4, 4, 1), [2]))
    model.compile("sgd", loss, run_eagerly=True)
    weights = np.array([1.0, 0.0, 0.5, 0.0], "float32")
    found = model.evaluate(images, sample_weight=weights, verbose=0, return_dict=True)
    alone = [model.evaluate(images[i : i + 1], verbose=0)[0] for i in range(4)]
    assert found["loss"] == pytest.approx(np.dot(weights, alone) / 4, rel=1e-5)
    model.fit(images, sample_weight=weights, verbose=0)


def test_a_weighted_loss_is_divided_by_the_batch_size_as_in_keras(vectors):
    weights = np.linspace(0, 5, len(vectors)).astype("float32")  # of mean 2.5
    model = new_model()
    errors = np.mean((model.predict(vectors, verbose=0) - vectors) ** 2, axis=1)
    options = {"sample_weight": weights, "batch_size": 64, "verbose": 0}
    loss = model.evaluate(vectors, vectors, **options)[0]
    assert loss == pytest.approx(np.sum(weights * errors) / len(vectors), rel=1e-5)
    plain = keras.Sequential([model.encoder, model.decoder])
    plain.compile(loss="mse")
    assert loss == pytest.approx(plain.evaluate(vectors, vectors, **options), rel=1e-5)


def dense(activation="sigmoid", **options):
    return tfae.networks.dense(64, [8], activation, **options)


def variational():
    return tfae.networks.variational(64, [16], 2)


WEIGHTED = {
    "contractive": (lambda: tfae.ContractiveAutoencoder(*dense()), "mse"),
    "denoising": (
        lambda: tfae.DenoisingAutoencoder(*dense(), tfae.layers.MaskingNoise(0.3)),
        "mse",
    ),
    "variational": (lambda: tfae.VariationalAutoencoder(*variational()), None),
    "beta": (lambda: tfae.BetaVAE(*variational()), None),
    "importance": (lambda: tfae.ImportanceWeightedAutoencoder(*variational()), None),
    "quantized": (
        lambda: tfae.VQVAE(*tfae.networks.quantized(64, [16], 2, 4), num_codes=8),
        "mse",
    ),
    "restricted": (
        lambda: tfae.RestrictedBoltzmannMachine(*dense(tie_weights=True)),
        "mse",
    ),
}


@pytest.mark.parametrize("name", WEIGHTED)
def test_weights_multiply_every_term_example_by_example(name, vectors):
    inputs = vectors[:5]
    make, loss = WEIGHTED[name]
    model = make()
    model.compile("sgd", loss)

    def terms(weights):
        model.reset_metrics()
        logs = model.test_on_batch(
            inputs, inputs, sample_weight=np.float32(weights), return_dict=True
        )
        return np.array([logs[name] for name in ("loss", *model.term_names)])

    weights = [0.0, 1.0, 2.0, 3.0, 9.0]
    alone = [terms(row) for row in np.eye(5)]
    expected = sum(weight * one for weight, one in zip(weights, alone, strict=True))
    np.testing.assert_allclose(terms(weights), expected, rtol=1e-4, atol=1e-5)
    model.reset_metrics()
    plain = model.test_on_batch(inputs, inputs, return_dict=True)["loss"]
    assert sum(alone)[0] == pytest.approx(plain, rel=1e-4)


def test_tensorboard_gets_the_terms(vectors, tmp_path):
    watch = keras.callbacks.TensorBoard(tmp_path)
    model = new_model(run_eagerly=False)
    model.fit(vectors, callbacks=[watch], validation_split=0.5, verbose=0)
    for part in ("train", "validation"):
        (events,) = (tmp_path / part).glob("events.out.tfevents.*")
        assert b"epoch_reconstruction" in events.read_bytes()


def test_zero_weights_leave_the_model_as_it_is(vectors):
    model = new_model()
    before = model.get_weights()
    model.fit(vectors, vectors, sample_weight=np.zeros(len(vectors)), verbose=0)
    for old, new in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)


def test_tf_data_gives_the_same_training_as_arrays(vectors):
    on_arrays, on_data = new_model(), new_model()
    on_data.set_weights(on_arrays.get_weights())
    on_arrays.fit(vectors, batch_size=16, shuffle=False, verbose=0)
    data = tf.data.Dataset.from_tensor_slices(vectors).batch(16)
    on_data.fit(data, shuffle=False, verbose=0)
    np.testing.assert_allclose(on_data(vectors), on_arrays(vectors), atol=1e-6)


@pytest.mark.filterwarnings("ignore:Your input ran out of data")
def test_data_that_end_before_a_batch_are_refused(vectors):
    model = new_model()
    none = tfae.batches(vectors, 32).take(0)
    with pytest.raises(ValueError, match=r"ended before a batch. Received: none in 2"):
        model.fit(none, epochs=2, shuffle=False, verbose=0)
    assert model.fit(vectors, epochs=0, verbose=0).history == {}


def test_metrics_given_to_compile_are_reported(vectors):
    model = new_model(metrics=["mae"])
    history = model.fit(vectors, validation_split=0.25, verbose=0).history
    assert {"loss", "reconstruction", "mae", "val_mae"} <= set(history)


def test_networks_without_an_input_size_are_built_by_the_first_batch(vectors):
    encoder = keras.Sequential([keras.layers.Dense(8)])
    decoder = keras.Sequential([keras.layers.Dense(64)])
    model = tfae.Autoencoder(encoder, decoder)
    model.compile("adam", "mse")
    model.fit(vectors, verbose=0)
    assert model.built
    assert model.encode(vectors).shape == (64, 8)


def test_image_shaped_inputs_train(vectors):
    images = vectors.reshape(-1, 8, 8, 1)
    encoder = keras.Sequential(
        [keras.Input((8, 8, 1)), keras.layers.Conv2D(4, 3, 2, padding="same")]
    )
    decoder = keras.Sequential(
        [keras.Input((4, 4, 4)), keras.layers.Conv2DTranspose(1, 3, 2, padding="same")]
    )
    model = tfae.Autoencoder(encoder, decoder)
    model.compile("adam", "mse")
    losses = model.fit(images, epochs=5, verbose=0).history["loss"]
    assert losses[-1] < losses[0]


def test_regularizers_are_a_term_of_their_own(vectors):
    encoder, decoder = tfae.networks.dense(64, [8], kernel_regularizer="l2")
    model = tfae.Autoencoder(encoder, decoder)
    model.compile("adam", "mse")
    logs = model.evaluate(vectors, verbose=0, return_dict=True)
    kernels = [layer.kernel for net in (encoder, decoder) for layer in net.layers]
    penalty = 0.01 * sum(np.sum(np.array(kernel) ** 2) for kernel in kernels)
    assert logs["regularization"] == pytest.approx(penalty, rel=1e-5)
    assert logs["loss"] == pytest.approx(penalty + logs["reconstruction"], rel=1e-5)


@keras.saving.register_keras_serializable(package="tests")
class SmallCodes(tfae.Autoencoder):
    """A variant: the squared size of the codes is one more term."""

    term_names = ("reconstruction", "code_size")

    def loss_terms(self, inputs, targets, training, sample_weight=None):
        codes = self.encoder(inputs, training=training)
        outputs = self.decoder(codes, training=training)
        return outputs, {
            "reconstruction": self.reconstruction_loss(targets, outputs, sample_weight),
            "code_size": 0.1 * ops.mean(ops.square(codes)),
        }


def test_a_variant_adds_a_term_by_one_method(vectors, tmp_path):
    model = SmallCodes(*tfae.networks.dense(64, [8], activation="linear"))
    model.compile(keras.optimizers.Adam(0.01), "mse", run_eagerly=True)
    history = model.fit(vectors, validation_split=0.25, epochs=5, verbose=0).history
    assert history["code_size"][-1] < history["code_size"][0]
    assert history["val_loss"][-1] == pytest.approx(
        history["val_reconstruction"][-1] + history["val_code_size"][-1], rel=1e-5
    )
    model.save(tmp_path / "model.keras")
    assert (
        tfae.load(tmp_path / "model.keras").evaluate(vectors, verbose=0)[0]
        == (model.evaluate(vectors, verbose=0)[0])
    )


def test_terms_must_be_those_that_are_named(vectors):
    class Mistaken(SmallCodes):
        term_names = ("reconstruction",)

    model = Mistaken(*tfae.networks.dense(64, [8]))
    model.compile("adam", "mse")
    with pytest.raises(ValueError, match="code_size"):
        model.fit(vectors, verbose=0)


def test_one_step_is_an_adam_step_on_the_analytic_gradient(vectors):
    model = tfae.Autoencoder(
        *tfae.networks.dense(64, [8], activation="linear", output_activation="linear")
    )
    rate, epsilon = 1e-3, 1e-7
    model.compile(keras.optimizers.Adam(rate), "mse")
    kernels = [np.array(net.layers[0].kernel) for net in (model.encoder, model.decoder)]
    biases = [np.array(net.layers[0].bias) for net in (model.encoder, model.decoder)]
    model.train_on_batch(vectors)
    layers = oracles.stack(vectors, kernels, biases, [lambda x: x] * 2)
    error = 2 * (layers[2] - vectors) / vectors.size
    expected = oracles.adam_steps(kernels[1], [layers[1].T @ error], rate, epsilon)
    np.testing.assert_allclose(model.decoder.layers[0].kernel, expected, atol=2e-6)
    expected = oracles.adam_steps(
        kernels[0], [np.float64(vectors).T @ error @ kernels[1].T], rate, epsilon
    )
    np.testing.assert_allclose(model.encoder.layers[0].kernel, expected, atol=2e-6)


@pytest.mark.slow
def test_half_precision_scales_the_loss_but_not_what_it_reports(vectors):
    keras.mixed_precision.set_dtype_policy("mixed_float16")
    try:
        model = new_model()
    finally:
        keras.mixed_precision.set_dtype_policy("float32")
    full = new_model()
    full.set_weights(model.get_weights())
    half_loss = model.fit(vectors, epochs=8, verbose=0).history["loss"]
    full_loss = full.fit(vectors, epochs=8, verbose=0).history["loss"]
    assert half_loss == pytest.approx(full_loss, rel=0.02)


def test_freezing_the_encoder_trains_the_decoder_alone(vectors):
    model = new_model()
    model.encoder.trainable = False
    model.compile("adam", "mse")
    encoder, decoder = model.encoder.get_weights(), model.decoder.get_weights()
    model.fit(vectors, verbose=0)
    for old, new in zip(encoder, model.encoder.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)
    assert any(
        (old != new).any()
        for old, new in zip(decoder, model.decoder.get_weights(), strict=True)
    )


def test_a_model_without_a_loss_says_what_to_do(vectors):
    with pytest.raises(ValueError, match='loss="mse"'):
        new_model(loss=None).fit(vectors, verbose=0)


def test_networks_must_be_layers():
    with pytest.raises(ValueError, match="`decoder` must be a Keras model"):
        tfae.Autoencoder(keras.layers.Dense(3), "decoder")


@keras.saving.register_keras_serializable(package="tests")
class Half(keras.Model):
    """A network of no more than a constructor and a `call`, as tutorials write them."""

    def __init__(self, units, **options):
        super().__init__(**options)
        self.units = units
        self.layer = keras.layers.Dense(units, "sigmoid")

    def call(self, inputs):
        return self.layer(inputs)

    def get_config(self):
        return {**super().get_config(), "units": self.units}


def test_subclassed_networks_train_save_and_serve(vectors, tmp_path):
    model = tfae.Autoencoder(Half(12), Half(64))
    model.compile("adam", "mse")
    model.fit(vectors, epochs=2, verbose=0)
    assert model.code_shape == (12,)
    model.save(tmp_path / "model.keras")
    loaded = tfae.load(tmp_path / "model.keras")
    np.testing.assert_allclose(loaded.encode(vectors), model.encode(vectors))
    assert "encode" in model.serving_signatures()
