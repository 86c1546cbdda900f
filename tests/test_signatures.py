"""Scores, of models whose outputs have the shape of their inputs."""

import keras
import numpy as np
import pytest
from c_runner import runner
from conftest import mostly_slow, slow

import tfae
from tfae import evaluation
from tfae.evaluation import attacks
from tfae.export import export

L = keras.layers
RANDOM = np.random.default_rng(0)
GREY = RANDOM.random((8, 8, 8, 1), "float32")
TOKENS = RANDOM.integers(0, 5, (8, 6)).astype("float32")


def embedding():
    """Tokens, which it is to give as probabilities of each."""
    encoder = keras.Sequential(
        [keras.Input((6,)), L.Embedding(5, 4), L.Flatten(), L.Dense(3)]
    )
    decoder = keras.Sequential(
        [keras.Input((3,)), L.Dense(30), L.Reshape((6, 5)), L.Softmax()]
    )
    return tfae.Autoencoder(encoder, decoder)


def images(layer, shape=(8, 8, 1)):
    encoder = keras.Sequential(
        [keras.Input(shape), L.Conv2D(4, 3, 2, "same", activation="relu")]
    )
    decoder = keras.Sequential([keras.Input((*encoder.output_shape[1:],)), layer])
    return tfae.Autoencoder(encoder, decoder)


def conditional():
    mean, spread = L.Dense(2), L.Dense(2)
    given = [keras.Input((6,)), keras.Input((5,))]
    both = L.Concatenate()(given)
    encoder = keras.Model(given, [mean(both), spread(both)])
    given = [keras.Input((2,)), keras.Input((5,))]
    decoder = keras.Model(given, L.Dense(1)(L.Concatenate()(given)))
    return tfae.ConditionalVAE(encoder, decoder, likelihood=None)


OTHER_SHAPES = {
    "embedding to one-hot": (embedding, TOKENS),
    "grey to colours": (lambda: images(L.Conv2DTranspose(3, 3, 2, "same")), GREY),
    "down-scaled": (lambda: images(L.Conv2D(1, 3, padding="same")), GREY),
    "down-scaled from any size": (
        lambda: images(L.Conv2D(1, 3, padding="same"), (None, None, 1)),
        GREY,
    ),
    "conditional": (conditional, TOKENS),
}


@pytest.mark.slow
@pytest.mark.parametrize(
    "name", mostly_slow(OTHER_SHAPES, "grey to colours", "down-scaled from any size")
)
def test_models_that_make_another_shape_are_exported_without_a_score(name, tmp_path):
    make, inputs = OTHER_SHAPES[name]
    model = make()
    conditioned = name == "conditional"
    shape = (None, *inputs.shape[1:])
    model.build([shape, (None, 5)] if conditioned else shape)
    assert "score" not in model.serving_signatures()
    path = export(model, tmp_path, examples=inputs)
    beside = {"conditions": np.zeros((8, 5), "float32")} if conditioned else {}
    answer = runner().run(path, "serving_default", {"inputs": inputs, **beside})
    given = (inputs, beside["conditions"]) if conditioned else inputs
    np.testing.assert_allclose(answer["reconstruction"], model(given), atol=1e-5)


def test_of_images_of_any_size_the_score_is_that_of_each(tmp_path):
    model = images(L.Conv2DTranspose(1, 3, 2, "same"), (None, None, 1))
    model.build((None, 8, 8, 1))
    path = export(model, tmp_path, examples=GREY)
    expected = np.mean((np.array(model(GREY)) - GREY) ** 2, axis=(1, 2, 3))
    found = runner().run(path, "score", {"inputs": GREY})["score"]
    np.testing.assert_allclose(found, expected, rtol=1e-4)


def test_errors_of_arrays_of_different_shapes_are_refused():
    colours = np.concatenate([GREY] * 3, axis=-1)
    for measure in (
        evaluation.mean_squared_error,
        evaluation.squared_error,
        evaluation.psnr,
    ):
        with pytest.raises(ValueError, match=r"outputs of shape \(8, 8, 8, 3\) for"):
            measure(GREY, colours)
    model = images(L.Conv2DTranspose(3, 3, 2, "same"))
    model.build((None, 8, 8, 1))
    with pytest.raises(ValueError, match=r"outputs of shape .*, 3\) for targets of"):
        attacks.worst_case_errors(model, GREY, bound=0.1, steps=1, starts=1)


def test_what_is_not_rebuilt_is_not_drawn_beside_its_inputs():
    split = tfae.datasets.load("digits", flatten=False)
    model = images(L.Conv2DTranspose(3, 3, 2, "same"))
    model.build((None, 8, 8, 1))
    assert model.reports["reconstructions"](model, split, "") is None


def test_a_gradient_of_the_log_density_has_the_shape_of_its_inputs():
    networks = tfae.networks.dense(6, [4])
    decoder = keras.Sequential([keras.Input((4,)), L.Dense(1)])
    for method in ("denoising", "sliced", "explicit"):
        model = tfae.ScoreMatchingAutoencoder(
            networks[0], decoder, method, noise_levels=[0.3]
        )
        model.compile("sgd", run_eagerly=True)
        with pytest.raises(ValueError, match="Targets must have the shape of the out"):
            model.fit(TOKENS, verbose=0)


def test_intact_features_of_another_shape_are_refused():
    layer = L.Conv2DTranspose(3, 3, 2, "same")
    colours = np.concatenate([GREY] * 3, axis=-1)
    for weight in (1.0, 0.5):
        model = tfae.DenoisingAutoencoder(
            images(layer).encoder,
            images(layer).decoder,
            tfae.layers.MaskingNoise(0.3),
            intact_weight=weight,
        )
        model.compile("sgd", "mse", run_eagerly=True)
        if weight == 1:
            model.fit(GREY, colours, verbose=0)
            continue
        with pytest.raises(ValueError, match="`intact_weight` weighs the targets of"):
            model.fit(GREY, colours, verbose=0)


def any_size(unpooling="nearest"):
    """A model of images of any size; with switches, of pairs of maps and these."""
    inputs = keras.Input((None, None, 1))
    maps = L.Conv2D(4, 3, padding="same", activation="relu")(inputs)
    if unpooling == "switches":
        codes = tfae.layers.MaxPoolingWithSwitches2D(2)(maps)
        given = [keras.Input((None, None, 4)) for _ in codes]
        maps = tfae.layers.MaxUnpooling2D(2)(given)
    else:
        codes = L.MaxPooling2D(2)(maps)
        given = keras.Input((None, None, 4))
        maps = tfae.layers.NearestUnpooling2D(2)(given)
    outputs = L.Conv2D(1, 3, padding="same", activation="sigmoid")(maps)
    return keras.Model(inputs, codes), keras.Model(given, outputs)


ANY_SIZE = {
    "nearest": lambda: tfae.Autoencoder(*any_size()),
    "switches": lambda: tfae.Autoencoder(*any_size("switches")),
    "denoising": lambda: tfae.DenoisingAutoencoder(
        *any_size(), tfae.layers.MaskingNoise(0.3)
    ),
    "winners": lambda: tfae.WinnerTakeAllAutoencoder(
        *any_size(), tfae.layers.LifetimeSparsity(0.5, spatial=True)
    ),
    "codebook": lambda: tfae.VQVAE(*any_size(), num_codes=4),
}


@pytest.mark.parametrize(
    ("name", "examples"),
    [
        ("nearest", None),
        *(slow(name, GREY) for name in ANY_SIZE),
    ],
)
def test_models_of_any_size_answer_for_other_sizes(name, examples, tmp_path):
    model = ANY_SIZE[name]()
    model.build((None, None, None, 1))
    path = export(model, tmp_path, examples=examples)
    for size in ((8, 8), (12, 20), (2, 4)):
        inputs = RANDOM.random((3, *size, 1), "float32")
        outputs = np.array(model(inputs, training=False))
        answer = runner().run(path, "serving_default", {"inputs": inputs})
        np.testing.assert_allclose(answer["reconstruction"], outputs, atol=1e-5)
        codes = runner().run(path, "encode", {"inputs": inputs})
        answer = runner().run(path, "decode", codes)
        np.testing.assert_allclose(answer["reconstruction"], outputs, atol=1e-5)
        errors = np.mean((outputs - inputs) ** 2, axis=(1, 2, 3))
        found = runner().run(path, "score", {"inputs": inputs})["score"]
        np.testing.assert_allclose(found, errors, rtol=1e-4)
    with pytest.raises(ValueError, match=r"`examples` must be .*\(None, None, 1\)"):
        export(model, tmp_path, examples=np.concatenate([GREY] * 3, axis=-1))


def test_models_of_any_size_are_saved_measured_and_made_classifiers(tmp_path):
    model = ANY_SIZE["nearest"]()
    model.compile("sgd", "mse", run_eagerly=True)
    model.fit(GREY, verbose=0)
    model.build((None, None, None, 1))
    model.save(tmp_path / "model.keras")
    loaded = tfae.load(tmp_path)
    assert loaded.example_shape == (None, None, 1)
    codes = evaluation.encode(loaded, GREY)
    np.testing.assert_allclose(codes, model.encode(GREY), atol=1e-6)
    classifier = tfae.fine_tuning.classifier(loaded, 3, codes="average")
    assert classifier(GREY).shape == (8, 3)
    assert export(classifier, tmp_path / "classes").name == "1"
