"""Models of pixels: what a pixel sees, and how images are drawn."""

import functools
import itertools

import keras
import numpy as np
import pytest
import tensorflow as tf

import tfae
from tfae.models import pixel_sampling

SMALL = {"head_units": 8}
MAKERS = {
    "cnn": lambda shape, **options: tfae.PixelCNN(
        shape, filters=6, kernel_size=5, dilations=(1, 2), **SMALL, **options
    ),
    "row": lambda shape, **options: tfae.PixelRNN(
        shape, units=4, kernel_size=3, **SMALL, **options
    ),
    "diagonal": lambda shape, **options: tfae.PixelRNN(
        shape, kind="diagonal", units=4, kernel_size=3, **SMALL, **options
    ),
}


@pytest.fixture(params=MAKERS)
def make(request):
    keras.utils.set_random_seed(0)
    return MAKERS[request.param]


def test_a_pixel_depends_on_those_before_it_alone(make):
    model = make((6, 6, 1))
    image = tf.constant(np.random.default_rng(0).random((1, 6, 6, 1)), "float32")
    copies = tf.tile(image, (36, 1, 1, 1))  # one for each row of the Jacobian
    with tf.GradientTape() as tape:
        tape.watch(copies)
        outputs = tf.linalg.diag_part(tf.reshape(model(copies), (36, 36)))
    jacobian = tape.gradient(outputs, copies).numpy().reshape(36, 36)
    assert (np.triu(jacobian) == 0).all()
    assert (np.tril(jacobian, -1) != 0).sum() > 500


@pytest.mark.parametrize("kind", ["cnn", "diagonal"])
def test_a_pixel_sees_all_that_are_before_it(kind):
    keras.utils.set_random_seed(0)
    model = MAKERS[kind]((6, 6, 1))
    image = tf.constant(np.random.default_rng(0).random((1, 6, 6, 1)), "float32")
    with tf.GradientTape() as tape:
        tape.watch(image)
        last = tf.reduce_sum(model(image)[0, -1, -1])
    seen = tape.gradient(last, image).numpy().ravel()
    assert (seen[:-1] != 0).all()
    assert seen[-1] == 0


@pytest.mark.slow
@pytest.mark.parametrize(("levels", "size"), [(2, (3, 3)), (3, (2, 3))])
def test_the_probabilities_of_all_images_sum_to_one(make, levels, size):
    model = make((*size, 1), levels=levels)
    every = itertools.product(np.arange(levels) / (levels - 1), repeat=np.prod(size))
    every = np.array([*every], "float32").reshape(-1, *size, 1)
    total = np.exp(np.array(model.log_likelihood(every), "float64")).sum()
    assert total == pytest.approx(1, abs=1e-5)


def drawn_naively(model, noise):
    """Images of as many passes through the whole network as they have pixels."""
    images, call = np.zeros_like(noise), tf.function(model)
    for row in range(noise.shape[1]):
        for column in range(noise.shape[2]):
            parameters = call(images)[:, row, column]
            here = tf.constant(noise[:, row, column])
            images[:, row, column] = pixel_sampling.level(
                parameters, here, model.levels
            )
    return images


@pytest.mark.slow
def test_remembering_layers_draw_what_the_whole_network_draws(make):
    model = make((5, 6, 1), levels=5, embedding_dim=3)
    noise = np.random.default_rng(1).random((8, 5, 6, 1), "float32")
    function = tf.function(model.serving_signatures()["sample"].function)
    expected = drawn_naively(model, noise)
    assert len(np.unique(expected)) == 5
    np.testing.assert_array_equal(function(tf.constant(noise))["samples"], expected)


@pytest.mark.slow
def test_half_images_are_completed(make):
    model = make((5, 6, 1))
    images = np.random.default_rng(0).integers(0, 2, (8, 5, 6, 1)).astype("float32")
    found = [np.array(model.complete(images, 2, seed)) for seed in (1, 1, 2)]
    np.testing.assert_array_equal(found[0], found[1])
    assert (found[0] != found[2]).any()
    for one in found:
        np.testing.assert_array_equal(one[:, :2], images[:, :2])
    np.testing.assert_array_equal(model.complete(images, 5), images)
    for rows in (-1, 6):
        with pytest.raises(ValueError, match="`rows` must be"):
            model.complete(images, rows)


def test_bits_and_nats_are_the_same_figure(make):
    model = make((4, 4, 1))
    model.compile(run_eagerly=True)
    images = np.random.default_rng(0).integers(0, 2, (8, 4, 4, 1)).astype("float32")
    logs = model.evaluate(images, verbose=0, return_dict=True)
    expected = -np.mean(model.log_likelihood(images))
    assert logs["nll"] == pytest.approx(expected, rel=1e-6)
    assert logs["bits_per_dimension"] == pytest.approx(expected / 16 / np.log(2))


@pytest.mark.slow
def test_it_learns_what_follows_what():
    keras.utils.set_random_seed(0)
    model = MAKERS["cnn"]((4, 4, 1))
    model.compile(keras.optimizers.Adam(0.02))
    first = np.random.default_rng(0).integers(0, 2, (256, 4, 1, 1))
    images = np.tile(first, (1, 1, 4, 1)).astype("float32")  # stripes: 4 bits of each
    model.fit(images, batch_size=32, epochs=10, verbose=0)
    loss = model.evaluate(images, verbose=0, return_dict=True)["nll"]
    assert loss == pytest.approx(4 * np.log(2), abs=0.2)
    drawn = np.array(model.sample(50, seed=1))
    stripes = (drawn == drawn[:, :, :1]).all(axis=(1, 2, 3))
    assert stripes.mean() > 0.8


def test_levels_are_drawn_by_their_probabilities():
    logits = np.log([[0.2, 0.5, 0.3]]).astype("float32")
    noise = tf.constant([[0.1], [0.21], [0.69], [0.71]])
    found = pixel_sampling.level(np.repeat(logits, 4, axis=0), noise, 3)
    np.testing.assert_allclose(found[:, 0], [0, 0.5, 0.5, 1])
    logits = np.log([[0.3 / 0.7]]).astype("float32")
    found = pixel_sampling.level(np.repeat(logits, 4, axis=0), noise, 2)
    np.testing.assert_allclose(found[:, 0], [0, 0, 0, 1])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"image_shape": (8, 8, 3)}, r"must be \(height, width, 1\)"),
        ({"image_shape": (64,)}, r"must be \(height, width, 1\)"),
        ({"image_shape": 28}, r"must be \(height, width, 1\)"),
        ({"image_shape": (8, 0, 1)}, r"must be \(height, width, 1\)"),
        ({"head_units": 0}, "`head_units` must be a positive integer"),
        ({"embedding_dim": 0.5}, "`embedding_dim` must be a positive integer"),
        ({"levels": 1}, "`levels` must be an integer >= 2"),
        ({"kernel_size": 17}, "must be at most 15 for images of 8×8"),
        ({"kernel_size": 4}, "must be odd"),
    ],
)
@pytest.mark.parametrize("kind", [tfae.PixelCNN, tfae.PixelRNN])
def test_other_arguments_are_refused(kind, arguments, message):
    with pytest.raises(ValueError, match=message):
        kind(**{"image_shape": (8, 8, 1), **arguments})


def test_values_that_are_no_levels_are_refused(make):
    model = make((4, 4, 1))
    for value in (0.5, 2.0, -1.0, np.nan):
        images = np.full((2, 4, 4, 1), value, "float32")
        with pytest.raises(ValueError, match=r"takes 2 levels.*Received: .* value"):
            model.check_inputs(images)
        with pytest.raises(ValueError, match="takes 2 levels"):
            model.complete(images, 1)


def test_dilations_are_one_for_each_block():
    with pytest.raises(ValueError, match="`dilations` must be a sequence"):
        tfae.PixelCNN((8, 8, 1), dilations=2)


def small_cnn():
    model = MAKERS["cnn"]((4, 4, 1))
    model.compile("sgd", run_eagerly=True)
    return model, np.random.default_rng(0).integers(0, 2, (8, 4, 4, 1)).astype(
        "float32"
    )


def test_training_refuses_what_it_would_not_learn_from():
    model, images = small_cnn()
    grey, stream = images / 2, tf.data.Dataset.from_tensor_slices
    for call in (functools.partial(model.fit, shuffle=False), model.evaluate):
        with pytest.raises(ValueError, match=r"takes 2 levels.*with the value 0.5"):
            call(grey, verbose=0)
        with pytest.raises(tf.errors.InvalidArgumentError, match="takes 2 levels"):
            call(stream(grey).batch(4), verbose=0)
        with pytest.raises(ValueError, match="predicts the inputs themselves"):
            call(images, 1 - images, verbose=0)
        with pytest.raises(tf.errors.InvalidArgumentError, match="the inputs themselv"):
            call(stream((images, 1 - images)).batch(4), verbose=0)
    model.fit(stream((images, images)).batch(4), shuffle=False, verbose=0)


def test_examples_are_weighted():
    model, images = small_cnn()
    weights = np.arange(8) / 3.5  # of mean 1
    expected = -np.mean(weights * model.log_likelihood(images))
    found = model.evaluate(images, sample_weight=weights, verbose=0, return_dict=True)
    assert found["nll"] == pytest.approx(expected, rel=1e-5)
