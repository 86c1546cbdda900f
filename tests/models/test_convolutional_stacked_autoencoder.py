"""The stacked convolutional autoencoder: its stages, one at a time and together."""

import keras
import numpy as np
import pytest
from conftest import assert_same_weights, slow

import tfae


@pytest.fixture(scope="module")
def images():
    return tfae.datasets.load("digits", flatten=False).train.inputs[:128]


def new_model(images, **arguments):
    keras.utils.set_random_seed(0)
    model = tfae.ConvolutionalStackedAutoencoder(
        images.shape[1:], [4, 6], kernel_size=3, **arguments
    )
    model.compile(keras.optimizers.Adam(0.01), "mse", jit_compile=False)
    return model


@pytest.mark.parametrize("unpooling", ["switches", "nearest"])
def test_a_stage_undoes_what_it_does(images, unpooling):
    model = new_model(images, unpooling=unpooling)
    shape = (None, *images.shape[1:])
    for encoder, decoder in model.stages:
        encoded = encoder.compute_output_shape(shape)
        assert decoder.compute_output_shape(encoded) == shape
        shape, _ = tfae.networks.codes_and_switches(encoded)
    assert shape[1:] == model.code_shape == (2, 2, 6)
    assert len(model.switch_shapes) == (2 if unpooling == "switches" else 0)


def test_the_whole_is_its_stages(images):
    model = new_model(images)
    (first, undo_first), (second, undo_second) = model.stages
    maps, switches = first(images)
    codes, more = second(maps)
    np.testing.assert_allclose(model.encode(images), codes, atol=1e-6)
    expected = undo_first([undo_second([codes, more]), switches])
    np.testing.assert_allclose(model(images), expected, atol=1e-6)


def test_what_is_not_largest_in_its_window_does_not_matter(images):
    model = new_model(images, kernel_initializer="ones")
    (encoder, _), *_ = model.stages
    convolution = encoder.get_layer("encoder_1")
    maps = np.array(convolution(images))
    pooled, switches = encoder(images)
    kept = maps.reshape(len(maps), -1)[
        np.arange(len(maps))[:, None], np.array(switches).reshape(len(maps), -1)
    ]
    np.testing.assert_array_equal(np.ravel(pooled), np.ravel(kept))


@pytest.mark.parametrize(
    ("unpooling", "ahead"),
    [
        ("switches", False),
        slow("switches", True),
        slow("nearest", False),
        slow("nearest", True),
    ],
)
def test_stages_are_pretrained_one_at_a_time(images, unpooling, ahead):
    model = new_model(images, unpooling=unpooling)
    before = [[np.array(one) for one in stage.weights] for stage, _ in model.stages]
    if ahead:
        rows = tfae.pretraining.pretrain(
            model, images, epochs=8, batch_size=32, verbose=0
        )
    else:
        callback = tfae.GreedyPretraining(epochs=8)
        model.fit(images, epochs=16, verbose=0, callbacks=[callback])
        rows = callback.histories
    for (stage, _), old, history in zip(model.stages, before, rows, strict=True):
        assert history[-1]["loss"] < 0.8 * history[0]["loss"]
        assert any(
            (a != np.array(b)).any() for a, b in zip(old, stage.weights, strict=True)
        )


@pytest.mark.slow
def test_pretraining_leaves_the_stages_below_as_they_are(images):
    model = new_model(images)
    callback = tfae.GreedyPretraining(epochs=[1, 1])
    kept = []
    ends = keras.callbacks.LambdaCallback(
        on_epoch_end=lambda epoch, logs: kept.append(
            [np.array(one) for one in model.stages[0][0].weights]
        )
    )
    model.fit(images, epochs=2, verbose=0, callbacks=[callback, ends])
    for first, second in zip(*kept, strict=True):
        np.testing.assert_array_equal(first, second)


@pytest.mark.slow
def test_a_learner_may_denoise(images):
    model = new_model(images)
    learner = {
        "class_name": "DenoisingAutoencoder",
        "config": {"corruption": tfae.recipes.layer("MaskingNoise", rate=0.25)},
    }
    rows = tfae.pretraining.pretrain(
        model, images, epochs=2, learner=learner, verbose=0
    )
    assert all(np.isfinite(row["loss"]) for stage in rows for row in stage)


@pytest.mark.slow
def test_it_is_saved_with_its_ties_and_becomes_a_classifier(images, tmp_path):
    model = new_model(images, dropout=0.1, kernel_regularizer="l2")
    model.fit(images, verbose=0)
    model.save(tmp_path / "model.keras")
    loaded = tfae.load(tmp_path / "model.keras")
    assert_same_weights(loaded, model)
    np.testing.assert_array_equal(loaded.encode(images), model.encode(images))
    for encoder, decoder in loaded.stages:
        tied = decoder.get_layer("decoder_1").tied_to
        assert tied is encoder.get_layer("encoder_1")
    labels = tfae.datasets.load("digits").train.labels[:128]
    head = tfae.fine_tuning.classifier(loaded, num_classes=10)
    head.compile("adam", "sparse_categorical_crossentropy", run_eagerly=True)
    head.fit(images, labels, verbose=0)
    assert head(images).shape == (128, 10)
    assert tfae.fine_tuning.transfer.count_layers(head.encoder) == 2


def test_what_cannot_be_is_refused():
    with pytest.raises(ValueError, match="`unpooling` must be switches or nearest"):
        tfae.ConvolutionalStackedAutoencoder((8, 8, 1), [4], unpooling="transpose")
    with pytest.raises(ValueError, match="one pixel before level 2"):
        tfae.ConvolutionalStackedAutoencoder((2, 2, 1), [4, 4, 4])
    with pytest.raises(ValueError, match="Convolutional networks take images"):
        tfae.ConvolutionalStackedAutoencoder(64, [4])
