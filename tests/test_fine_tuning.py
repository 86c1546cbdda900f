"""Classifiers of autoencoders: what they start from, train and serve."""

import itertools

import keras
import numpy as np
import pytest
import tensorflow as tf
from conftest import assert_one_line, assert_same_weights

import tfae
from tfae import fine_tuning
from tfae.evaluation import measures
from tfae.export import export


@pytest.fixture
def stack(vectors):
    model = tfae.StackedAutoencoder(64, [24, 12], "sigmoid")
    model.compile("adam", "mse")
    return model


@pytest.fixture
def labels(digits):
    return digits.train.labels[:64]


def new_model(stack, *arguments, optimizer="adam", run_eagerly=True, **options):
    """Steps are run eagerly where few are taken."""
    keras.utils.set_random_seed(1)
    model = fine_tuning.classifier(stack, 10, *arguments, **options)
    loss, metrics = "sparse_categorical_crossentropy", ["accuracy"]
    model.compile(optimizer, loss, metrics=metrics, run_eagerly=run_eagerly)
    return model


def weights(model):
    layers = [*model.encoder.layers, model.head]
    return [[np.array(w) for w in layer.weights] for layer in layers]


def moved(before, after):
    return [
        any((old != new).any() for old, new in zip(*pair, strict=True))
        for pair in zip(before, after, strict=True)
    ]


@pytest.mark.usefixtures("eager")
def test_it_starts_from_a_copy_of_the_encoder(stack, vectors, labels):
    model = new_model(stack)
    before = stack.encoder.get_weights()
    np.testing.assert_allclose(model.encoder(vectors), stack.encode(vectors))
    model.fit(vectors, labels, verbose=0)
    for old, now in zip(before, stack.encoder.get_weights(), strict=True):
        np.testing.assert_array_equal(old, now)


@pytest.mark.usefixtures("eager")
@pytest.mark.parametrize(
    ("train", "expected"),
    [("head", [0, 0, 1]), (1, [0, 1, 1]), (2, [1, 1, 1]), ("all", [1, 1, 1])],
)
def test_only_what_is_named_trains(stack, vectors, labels, train, expected):
    model = new_model(stack, train)
    before = weights(model)
    model.fit(vectors, labels, verbose=0)
    assert moved(before, weights(model)) == expected


@pytest.mark.usefixtures("eager")
@pytest.mark.parametrize(
    "optimizer", [keras.optimizers.SGD, keras.optimizers.Adam], ids=str
)
def test_the_encoder_has_a_rate_of_its_own(stack, vectors, labels, optimizer):
    steps = []
    for rate in (1.0, 0.25):
        model = new_model(stack, optimizer=optimizer(0.1), encoder_rate=rate)
        before = weights(model)
        model.fit(vectors, labels, batch_size=64, verbose=0)
        pairs = zip(weights(model), before, strict=True)
        steps.append([now[0] - old[0] for now, old in pairs])
    for index, share in enumerate((0.25, 0.25, 1.0)):
        np.testing.assert_allclose(
            steps[1][index], share * steps[0][index], rtol=1e-3, atol=1e-6
        )


def test_layers_are_unfrozen_from_the_top(stack, vectors, labels):
    class Snapshots(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            taken.append(weights(self.model))

    model = new_model(stack)
    taken = [weights(model)]
    callbacks = [tfae.GradualUnfreezing([1, 2]), Snapshots()]
    model.fit(vectors, labels, epochs=4, callbacks=callbacks, verbose=0)
    found = [moved(*pair) for pair in itertools.pairwise(taken)]
    assert found == [[0, 0, 1], [0, 1, 1], [0, 1, 1], [1, 1, 1]]


@pytest.mark.slow
def test_it_learns_saves_trains_on_and_serves(stack, digits, tmp_path):
    train, test = digits.train, digits.test
    adam = keras.optimizers.Adam(0.02)
    model = new_model(stack, encoder_rate=0.5, optimizer=adam, run_eagerly=False)
    model.fit(train.inputs, train.labels, epochs=15, verbose=0)
    scores = model.evaluate(test.inputs, test.labels, verbose=0, return_dict=True)
    assert scores["accuracy"] > 0.9
    model.save(tmp_path / "model.keras")
    loaded = tfae.load(tmp_path / "model.keras")
    again = loaded.evaluate(test.inputs, test.labels, verbose=0, return_dict=True)
    assert again == scores
    for one in (model, loaded):
        one.fit(train.inputs, train.labels, shuffle=False, verbose=0)
    assert_same_weights(loaded, model)
    path = export(model, tmp_path / "served", examples=test.inputs[:8])
    assert path.name == "1"
    answer = model.serving_signatures()["classify"].function(test.inputs[:8])
    np.testing.assert_array_equal(
        answer["classes"], np.argmax(answer["probabilities"], axis=1)
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"num_classes": 1}, "`num_classes` must be an integer >= 2"),
        ({"train": 3}, "a number of layers from 1 to 2. Received: train=3"),
        ({"train": 0}, "`train` must be"),
        ({"train": "top"}, "`train` must be"),
        ({"encoder_rate": 0}, "`encoder_rate` must be in"),
    ],
    ids=str,
)
def test_bad_arguments_are_refused(stack, arguments, message):
    with pytest.raises(ValueError, match=message):
        fine_tuning.classifier(stack, **{"num_classes": 10, **arguments})


def test_only_classifiers_are_unfrozen(stack, vectors):
    with pytest.raises(ValueError, match=r"Stacked.* takes a tfae\.Classifier"):
        stack.fit(vectors, callbacks=[tfae.GradualUnfreezing()], verbose=0)


def test_each_layer_is_unfrozen_in_turn(stack, vectors, labels):
    model = new_model(stack)
    with pytest.raises(ValueError, match="one for each of 2 layers"):
        model.fit(vectors, labels, callbacks=[tfae.GradualUnfreezing([1])], verbose=0)


@pytest.mark.parametrize("wrong", [lambda y: y + 0.5, lambda y: y.astype(str)])
def test_labels_are_whole_numbers(stack, vectors, labels, wrong):
    with pytest.raises(ValueError, match="Labels must be whole numbers"):
        new_model(stack).fit(vectors, wrong(labels), verbose=0)


def test_the_autoencoder_must_be_built():
    model = tfae.Autoencoder(keras.layers.Dense(3), keras.layers.Dense(8))
    with pytest.raises(ValueError, match="must be built"):
        fine_tuning.classifier(model, 10)


def test_labels_outside_the_classes_are_refused(stack, vectors, labels):
    model = new_model(stack)
    for wrong in (labels + 5, labels - 1):
        with pytest.raises(
            ValueError, match="Labels must be whole numbers from 0 to 9"
        ):
            model.fit(vectors, wrong, verbose=0)


@pytest.mark.usefixtures("eager")
def test_of_a_distribution_the_mean_is_taken(vectors, labels):
    variational = tfae.VariationalAutoencoder(
        *tfae.networks.variational(64, [16], latent_dim=4)
    )
    variational.build((None, 64))
    model = new_model(variational)
    np.testing.assert_allclose(
        model.encoder(vectors), variational.encode(vectors), atol=1e-6
    )
    model.fit(vectors, labels, verbose=0)
    assert fine_tuning.count_layers(model.encoder) == 2


def test_data_sets_are_checked_too(stack, vectors, labels):
    model = new_model(stack)
    model.jit_compile = True
    right = tf.data.Dataset.from_tensor_slices((vectors, labels)).batch(64)
    model.fit(right, shuffle=False, verbose=0)
    for wrong in (labels + 5, labels - 1, labels / 2):
        batches = tf.data.Dataset.from_tensor_slices((vectors, wrong)).batch(64)
        with pytest.raises(
            tf.errors.InvalidArgumentError, match="Labels must be whole"
        ):
            model.fit(batches, shuffle=False, verbose=0)


def test_layers_that_the_optimizer_does_not_know_stay_frozen(stack, vectors, labels):
    model = new_model(stack, "head")
    model.fit(vectors, labels, verbose=0)
    with pytest.raises(ValueError, match="Compile it again to unfreeze"):
        model.fit(vectors, labels, callbacks=[tfae.GradualUnfreezing()], verbose=0)


def test_the_tools_take_a_classifier(digits, call_cli, tmp_path):
    encoder, _ = tfae.networks.dense(64, [8])
    model = tfae.Classifier(encoder, num_classes=10)
    model.compile(
        "adam",
        "sparse_categorical_crossentropy",
        metrics=["accuracy"],
        run_eagerly=True,
    )
    model.fit(digits.train.inputs[:64], digits.train.labels[:64], verbose=0)
    found = measures.measure(model, digits)
    expected = model.evaluate(digits.test.inputs, digits.test.labels, verbose=0)
    assert found["test_accuracy"] == pytest.approx(expected[1], abs=1e-6)
    assert "valid_loss" in found
    model.save(tmp_path / "model.keras")
    given = ("model.keras", "--data", "digits")
    assert "accuracy" in call_cli("evaluate", *given).stdout
    assert_one_line(call_cli("evaluate", *given, "--probe"), "Give a model with codes")
    assert_one_line(call_cli("plot", *given), "has no pictures")
    assert_one_line(call_cli("sample", *given), "draws examples")


@pytest.mark.parametrize("wrong", [lambda y: y + 1, lambda y: y.astype(str)])
def test_labels_are_checked_in_evaluation(digits, call_cli, tmp_path, wrong):
    model = tfae.Classifier(tfae.networks.dense(64, [8])[0], num_classes=10)
    model.compile("adam", "sparse_categorical_crossentropy", run_eagerly=True)
    x, labels = digits.test.inputs, wrong(digits.test.labels)
    with pytest.raises(ValueError, match="Labels must be whole numbers from 0 to 9"):
        model.evaluate(x, labels, verbose=0)
    model.build((None, 64))
    model.optimizer.build(model.trainable_variables)
    model.save(tmp_path / "model.keras")
    np.savez(tmp_path / "data.npz", x=x, y=labels)
    result = call_cli("evaluate", "model.keras", "--data", "data.npz")
    assert_one_line(result, "Labels must be whole numbers from 0 to 9")


def test_numbers_of_numpy_make_plain_configs(stack, vectors, labels):
    encoder = fine_tuning.copy_encoder(stack)
    model = tfae.Classifier(encoder, np.int64(10), np.float32(0.5))
    config = model.get_config()
    assert (type(config["num_classes"]), type(config["encoder_rate"])) == (int, float)
    assert model(vectors).shape == (len(vectors), 10)
    with pytest.raises(ValueError, match="`encoder_rate` must be in"):
        tfae.Classifier(encoder, 10, "half")


@pytest.mark.parametrize("epochs", [np.array([1, 2]), (1, 2), [np.int64(1), 2]])
def test_epochs_of_unfreezing_are_a_list_of_any_kind(stack, vectors, labels, epochs):
    assert tfae.GradualUnfreezing(np.int64(2)).epochs == 2
    callback = tfae.GradualUnfreezing(epochs)
    assert callback.epochs == [1, 2]
    new_model(stack).fit(vectors, labels, callbacks=[callback], verbose=0)
    for wrong in ([], [0], np.array([0.5])):
        with pytest.raises(ValueError, match="`epochs` must be a positive integer, or"):
            tfae.GradualUnfreezing(wrong)
