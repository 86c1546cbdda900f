"""A model of raw values is the model of scaled ones, scaled."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from conftest import assert_near, slow

import tfae
from tfae.evaluation import measures
from tfae.export import export
from tfae.serving.c_session import Session

UNITS = np.array([1.0, 10.0, 1000.0, 1e5])


def raw_values(count=200):
    rng = np.random.default_rng(0)
    return UNITS * (3 + rng.normal(size=(count, 2)) @ rng.normal(size=(2, 4)))


def new_model(kind=tfae.Autoencoder, how="standard", compiled=True, **options):
    if kind is tfae.VariationalAutoencoder:
        networks = tfae.networks.variational(4, [8], latent_dim=2)
        options = {"likelihood": "gaussian"}
    else:
        networks = tfae.networks.dense(4, [8, 2], output_activation="linear")
    model = tfae.PreprocessedModel(kind(*networks, **options), how)
    model.adapt(raw_values())
    if compiled:
        loss = None if kind is tfae.VariationalAutoencoder else "mse"
        model.compile("adam", loss)
    return model


@pytest.mark.slow
def test_it_trains_as_the_inner_model_on_scaled_values():
    histories, weights = [], []
    for raw in (True, False):
        keras.utils.set_random_seed(0)
        model = new_model()
        x = raw_values() if raw else np.array(model.prepared(raw_values()))
        trained = model if raw else model.model
        history = trained.fit(
            x, validation_data=(x[:50], x[:50]), epochs=3, shuffle=False, verbose=0
        )
        histories.append(history.history)
        weights.append(model.model.get_weights())
    assert histories[0].keys() == histories[1].keys()
    for name, values in histories[0].items():
        assert values == pytest.approx(histories[1][name], rel=1e-4)
    for one, other in zip(*weights, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-5)


@pytest.mark.parametrize(
    "kind",
    [
        slow(tfae.VariationalAutoencoder),
        lambda *networks: tfae.DenoisingAutoencoder(
            *networks, corruption=keras.layers.GaussianNoise(0.1)
        ),
        slow(
            lambda *networks: tfae.ContractiveAutoencoder(
                *networks, contraction=0.1, method="exact"
            )
        ),
        slow(
            lambda *networks: tfae.AdversarialAutoencoder(*networks, discriminator=[4])
        ),
    ],
    ids=["variational", "denoising", "contractive", "adversarial"],
)
def test_every_kind_trains_and_stays_itself(kind, tmp_path):
    if kind is tfae.VariationalAutoencoder:
        model = new_model(kind)
    else:
        model = new_model(lambda *networks, **options: kind(*networks))
    x = raw_values()
    first = model.evaluate(x, verbose=0, return_dict=True)
    model.fit(x, epochs=5, batch_size=20, verbose=0)
    last = model.evaluate(x, verbose=0, return_dict=True)
    assert last["loss"] < first["loss"] or "adversary" in str(sorted(last))
    assert np.abs(model.predict(x, verbose=0) / UNITS).max() < 100
    model.save(tmp_path / "model.keras")
    loaded = tfae.load(tmp_path)
    assert_near(loaded.predict(x, verbose=0), model.predict(x, verbose=0))
    found = loaded.evaluate(x, verbose=0, return_dict=True)
    assert found == pytest.approx(last, rel=1e-4)
    loaded.fit(x, epochs=1, verbose=0)


@pytest.mark.slow
def test_training_goes_on_with_the_state_of_the_optimizer(tmp_path):
    model = new_model()
    model.fit(raw_values(), epochs=2, verbose=0)
    model.save(tmp_path / "model.keras")
    loaded = tfae.load(tmp_path)
    assert int(loaded.optimizer.iterations) == int(model.optimizer.iterations) > 0
    assert loaded.optimizer is loaded.model.optimizer
    for one in (model, loaded):
        one.fit(raw_values(), epochs=1, shuffle=False, verbose=0)
    assert_near(loaded.predict(raw_values()), model.predict(raw_values()), 1e-4)


@pytest.mark.slow
def test_several_steps_at_once_train_alike():
    results = []
    for steps, jit in ((1, False), (4, True)):
        keras.utils.set_random_seed(0)
        model = new_model(compiled=False)
        model.compile("sgd", "mse", jit_compile=jit, steps_per_execution=steps)
        model.fit(raw_values(), batch_size=20, shuffle=False, verbose=0)
        results.append(model.predict(raw_values(), verbose=0))
    assert_near(results[1], results[0], 1e-4)


@pytest.mark.slow
def test_exports_take_raw_values(tmp_path):
    model = new_model(tfae.VariationalAutoencoder)
    x = np.float32(raw_values())
    path = export(model, tmp_path / "raw", examples=x)
    session = Session(path)
    found = session.run("score", {"inputs": x})["score"]
    scaled = np.array(model.prepared(x))
    inner = np.array(model.model(scaled))
    np.testing.assert_allclose(found, ((scaled - inner) ** 2).mean(axis=1), rtol=1e-4)
    outputs = session.run("serving_default", {"inputs": x})["reconstruction"]
    assert_near(outputs, model(x))
    codes = session.run("encode", {"inputs": x})["codes"]
    decoded = session.run("decode", {"codes": codes})["reconstruction"]
    assert_near(decoded, outputs)
    noise = np.zeros((1, 2), "float32")
    sampled = session.run("sample", {"noise": noise})["samples"]
    assert_near(sampled, model.decode(noise))


@pytest.mark.slow
def test_images_of_bytes_are_taken_and_served(digits, tmp_path):
    encoder, decoder = tfae.networks.dense(64, [16])
    model = tfae.PreprocessedModel(tfae.Autoencoder(encoder, decoder), "uint8")
    model.compile("adam", "mse")
    images = np.uint8(np.round(255 * digits.train.inputs[:100]))
    model.fit(images, epochs=1, verbose=0)
    session = Session(export(model, tmp_path / "bytes", examples=images))
    found = session.run("serving_default", {"inputs": images})["reconstruction"]
    assert_near(found, model(images))
    assert found.max() > 10


def test_figures_are_of_scaled_values_and_one_of_raw_ones():
    model, x = new_model(), raw_values()
    model.fit(x, epochs=1, verbose=0)
    part = tfae.datasets.Part(x)
    found = measures.of_part(model, part)
    scaled = np.array(model.prepared(x))
    expected = ((np.array(model.model(scaled)) - scaled) ** 2).mean()
    assert found["mse"] == pytest.approx(expected, rel=1e-4)
    raw = ((model.predict(x, verbose=0) - x) ** 2).mean()
    assert found["raw_mse"] == pytest.approx(raw, rel=1e-4)


def test_a_classifier_of_it_takes_raw_values():
    model, x = new_model(), raw_values()
    model.fit(x, epochs=1, verbose=0)
    classifier = tfae.fine_tuning.classifier(model, num_classes=2)
    np.testing.assert_allclose(classifier.encoder(x), model.encode(x), atol=1e-5)


def test_targets_and_weights_are_taken_too():
    model, x = new_model(), raw_values()
    noisy = x + UNITS
    weights = np.ones(len(x))
    model.fit(noisy, x, sample_weight=weights, epochs=1, verbose=0)
    found = model.evaluate(x, sample_weight=weights, verbose=0, return_dict=True)
    assert found == pytest.approx(
        model.evaluate(x, verbose=0, return_dict=True), rel=1e-5
    )


def test_what_cannot_be_is_refused():
    encoder, decoder = tfae.networks.dense(4, [2])
    inner = tfae.Autoencoder(encoder, decoder)
    with pytest.raises(ValueError, match="`how` must be standard"):
        tfae.PreprocessedModel(inner, "most")
    with pytest.raises(ValueError, match="`preprocessing` must be a name"):
        tfae.PreprocessedModel(inner, keras.layers.Dense(4))
    with pytest.raises(ValueError, match="which is no model of tfae"):
        tfae.PreprocessedModel(keras.Sequential([keras.layers.Dense(4)]))
    model = new_model()
    with pytest.raises(ValueError, match="with examples of shape"):
        model.fit(raw_values()[:, :3], verbose=0)
    with pytest.raises(ValueError):
        model.fit(raw_values(), np.arange(200), verbose=0)


def test_it_must_know_the_scale():
    encoder, decoder = tfae.networks.dense(4, [2], output_activation="linear")
    model = tfae.PreprocessedModel(tfae.Autoencoder(encoder, decoder))
    model.compile("adam", "mse")
    with pytest.raises(ValueError, match="does not know the scale"):
        model.fit(raw_values(), verbose=0)


def test_tables_train_in_python(tmp_path):
    table = {"a": [1.0, 2.0, None, 4.0] * 20, "kind": ["x", "y", "x", "x"] * 20}
    encoding = tfae.layers.TableEncoding()
    encoding.adapt(table)
    networks = tfae.networks.dense(encoding.width, [3], output_activation="linear")
    model = tfae.PreprocessedModel(tfae.Autoencoder(*networks), encoding)
    model.compile("adam", "mse")
    history = model.fit(table, epochs=20, verbose=0).history
    assert history["loss"][-1] < history["loss"][0]
    model.save(tmp_path / "model.keras")
    outputs = tfae.load(tmp_path).predict(table, verbose=0)
    assert outputs["a"].shape == (80,)
    assert {*outputs["kind"]} <= {b"x", b"y"}


def test_models_of_raw_values_are_not_wrapped_again():
    with pytest.raises(ValueError, match="pairs, texts or raw values"):
        tfae.PreprocessedModel(new_model())


def vqvae():
    networks = tfae.networks.dense(4, [2], output_activation="linear")
    return tfae.VQVAE(*networks, num_codes=4)


def stack():
    return tfae.StackedAutoencoder(4, [3, 2], output_activation="linear")


def closed_form():
    return tfae.MarginalizedDenoisingAutoencoder(4)


@pytest.mark.parametrize("make", [closed_form, slow(stack), slow(vqvae)])
def test_models_with_a_training_of_their_own_are_scaled_as_by_hand(make):
    x, weights, histories = raw_values(), [], []
    for by_hand in (False, True):
        keras.utils.set_random_seed(0)
        model = tfae.PreprocessedModel(make())
        model.adapt(x)
        model.compile(keras.optimizers.Adam(0.01), "mse", run_eagerly=True)
        trained, given = (model.model, model.prepared(x)) if by_hand else (model, x)
        given = np.asarray(given)
        options = {"batch_size": 50, "epochs": 2, "verbose": 0}
        told = (given[:20], given[:20])
        told = None if make is closed_form else told
        history = trained.fit(given, validation_data=told, **options)
        histories.append(history.history)
        weights.append(model.model.get_weights())
        assert model.predict(x, verbose=0).shape == (200, 4)
    assert histories[0].keys() == histories[1].keys()
    for one, other in zip(*weights, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-5)


def test_a_training_of_its_own_takes_arrays():
    model = tfae.PreprocessedModel(stack())
    model.adapt(raw_values())
    model.compile("adam", "mse")
    stream = tf.data.Dataset.from_tensor_slices(raw_values()).batch(10)
    with pytest.raises(ValueError, match="StackedAutoencoder trains on arrays"):
        model.fit(stream)
    with pytest.raises(ValueError, match="x=None"):
        model.fit()
