"""Stages of any shape, trained one after the other."""

import keras
import numpy as np
import pytest
from conftest import slow

import tfae


@keras.saving.register_keras_serializable(package="tests")
def mirrored(encoder, decoder):
    return list(zip(encoder.layers, decoder.layers[::-1], strict=True))


def new_model():
    """Two convolutions of 8×8 images, each halving them, and what undoes them."""
    keras.utils.set_random_seed(0)

    def layer(kind, filters, name):
        return kind(filters, 3, 2, "same", activation="relu", name=name)

    down, up = keras.layers.Conv2D, keras.layers.Conv2DTranspose
    encoder = keras.Sequential(
        [keras.Input((8, 8, 1)), layer(down, 4, "one"), layer(down, 2, "two")]
    )
    decoder = keras.Sequential(
        [keras.Input((2, 2, 2)), layer(up, 4, "back_two"), layer(up, 1, "back_one")]
    )
    model = tfae.LayerwiseAutoencoder(encoder, decoder, mirrored)
    model.compile(keras.optimizers.Adam(0.01), "mse", run_eagerly=True)
    model.build((None, 8, 8, 1))
    return model


@pytest.fixture
def images(vectors):
    return vectors.reshape(-1, 8, 8, 1)


def kernels(model):
    return [[np.array(layer.kernel) for layer in stage] for stage in model.stages]


def changed(before, after):
    return [
        [(old != new).any() for old, new in zip(*stages, strict=True)]
        for stages in zip(before, after, strict=True)
    ]


def test_a_phase_trains_its_stage_alone(images):
    taken = []
    model = new_model()
    keep = keras.callbacks.LambdaCallback(
        on_epoch_end=lambda epoch, logs: taken.append(kernels(model))
    )
    before = kernels(model)
    pretraining = tfae.GreedyPretraining(1)
    history = model.fit(images, epochs=3, callbacks=[pretraining, keep], verbose=0)
    assert history.history["layer"] == [1, 2, 0]
    assert changed(before, taken[0]) == [[True, True], [False, False]]
    assert changed(taken[0], taken[1]) == [[False, False], [True, True]]
    assert changed(taken[1], taken[2]) == [[True, True], [True, True]]


def test_stages_train_ahead_on_what_those_below_make(images):
    model = new_model()
    histories = tfae.pretraining.pretrain(model, images, epochs=3, verbose=0)
    assert [len(rows) for rows in histories] == [3, 3]
    for rows in histories:
        assert rows[-1]["loss"] < rows[0]["loss"]


def test_stages_are_saved_with_the_model(images, tmp_path):
    model = new_model()
    model.fit(images, verbose=0)
    model.save(tmp_path / "model.keras")
    loaded = tfae.load(tmp_path / "model.keras")
    assert [[layer.name for layer in stage] for stage in loaded.stages] == [
        ["one", "back_one"],
        ["two", "back_two"],
    ]
    np.testing.assert_allclose(loaded(images), model(images), atol=1e-6)


def test_kernels_are_tied_in_dense_stages_only(images):
    pretraining = tfae.GreedyPretraining(1, tie_weights=True)
    with pytest.raises(ValueError, match=r"stages of dense layers.*Conv2D"):
        new_model().fit(images, epochs=2, callbacks=[pretraining], verbose=0)


def test_a_model_without_stages_says_so(images):
    model = new_model()
    plain = tfae.LayerwiseAutoencoder(model.encoder, model.decoder)
    plain.compile("adam", "mse")
    with pytest.raises(ValueError, match="has no stages"):
        plain.fit(images, epochs=2, callbacks=[tfae.GreedyPretraining(1)], verbose=0)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("codes", "units"), [("flatten", 8), ("average", 2), ("max", 2)]
)
def test_a_classifier_takes_spatial_codes(images, tmp_path, codes, units):
    model = tfae.fine_tuning.classifier(new_model(), num_classes=3, codes=codes)
    assert model.head.kernel.shape == (units, 3)
    model.compile("adam", "sparse_categorical_crossentropy", run_eagerly=True)
    model.fit(images, np.arange(64) % 3, verbose=0)
    model.save(tmp_path / "model.keras")
    loaded = tfae.load(tmp_path / "model.keras")
    np.testing.assert_allclose(loaded(images), model(images), atol=1e-6)


def test_codes_become_vectors_in_a_known_way():
    with pytest.raises(ValueError, match="`codes` must be flatten, average or max"):
        tfae.Classifier(keras.layers.Dense(3), 3, codes="sum")


class OwnStep(tfae.Autoencoder):
    def train_step(self, data):
        return {**super().train_step(data), "own": 1.0}


@pytest.mark.parametrize("jit_compile", [False, slow(True)])
def test_a_learner_may_have_a_train_step_of_its_own(vectors, jit_compile):
    model = tfae.StackedAutoencoder(64, [8])
    model.compile(
        "adam",
        "mse",
        run_eagerly=not jit_compile,
        jit_compile=jit_compile,
        steps_per_execution=2,
    )
    pretraining = tfae.GreedyPretraining(1, OwnStep)
    model.fit(vectors, epochs=1, batch_size=16, callbacks=[pretraining], verbose=0)
    assert pretraining.histories[0][0]["own"] == 1
