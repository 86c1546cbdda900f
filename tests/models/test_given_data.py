"""What `fit`, `evaluate` and `predict` take, and what they refuse in words."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from conftest import mostly_slow, slow

import tfae

pytestmark = pytest.mark.usefixtures("eager")


def dense(**options):
    return tfae.networks.dense(64, [8], **options)


def new_model(loss="mse", **options):
    keras.utils.set_random_seed(0)
    model = tfae.Autoencoder(*dense(**options))
    model.compile("adam", loss)
    return model


def variational(likelihood="bernoulli", loss=None, **options):
    keras.utils.set_random_seed(0)
    networks = tfae.networks.variational(64, [16], 2)
    model = tfae.VariationalAutoencoder(*networks, likelihood)
    model.compile("adam", loss, **options)
    return model


def classifier():
    model = tfae.Classifier(dense()[0], num_classes=3)
    model.compile("sgd", "sparse_categorical_crossentropy")
    return model


def fit(model, *data, **options):
    return model.fit(*data, verbose=0, **options).history


def evaluate(model, *data, **options):
    return model.evaluate(*data, verbose=0, return_dict=True, **options)


FORMS = {
    "bare": lambda x, w: x,
    "alone": lambda x, w: (x,),
    "without targets": lambda x, w: (x, None),
    "weighted": lambda x, w: (x, None, w),
    "listed": lambda x, w: [x, x],
}


class Batches(keras.utils.PyDataset):
    """Four batches of 16 in one of the forms, by several threads or one."""

    def __init__(self, form, x, weights, **options):
        super().__init__(**options)
        self.form, self.x, self.w = FORMS[form], x, weights
        self.ended = 0

    def __len__(self):
        return 4

    def __getitem__(self, index):
        part = slice(16 * index, 16 * index + 16)
        return self.form(self.x[part], self.w[part])

    def on_epoch_end(self):
        self.ended += 1


# Of generators, as Keras warns for each, which has no number of batches.
ENDS = pytest.mark.filterwarnings("ignore:Your input ran out of data")


@ENDS
@pytest.mark.parametrize("form", mostly_slow(FORMS, "bare"))
@pytest.mark.parametrize("kind", ["generator", "PyDataset", slow("threads")])
def test_batches_of_python_are_those_of_arrays(form, kind, vectors):
    weights = np.linspace(0, 3, 64, dtype="float32")

    def data():
        options = {"workers": 2} if kind == "threads" else {}
        batches = Batches(form, vectors, weights, **options)
        return (batches[i] for i in range(4)) if kind == "generator" else batches

    model, on_arrays = new_model(), new_model()
    given = {"sample_weight": weights} if form == "weighted" else {}
    expected = evaluate(on_arrays, vectors, batch_size=16, **given)
    assert evaluate(model, data()) == pytest.approx(expected, rel=1e-5)
    outputs = model.predict(vectors, verbose=0)
    np.testing.assert_allclose(model.predict(data(), verbose=0), outputs, atol=1e-6)
    found = fit(model, data(), shuffle=False, validation_data=data())
    expected = fit(
        on_arrays,
        vectors,
        batch_size=16,
        shuffle=False,
        validation_data=(vectors, None, *given.values()),
        **given,
    )
    assert set(found) == set(expected)
    for name, values in expected.items():
        assert found[name] == pytest.approx(values, rel=1e-4), name


def test_a_py_dataset_is_told_of_the_ends_of_epochs(vectors):
    data = Batches("bare", vectors, vectors)
    fit(new_model(), data, epochs=2)
    assert data.ended >= 2


def test_batches_of_python_train_in_graphs(vectors, monkeypatch):
    monkeypatch.setattr(keras.Model, "run_eagerly", False)
    model = new_model()
    data = Batches("without targets", vectors, vectors)
    found = fit(model, data)
    assert found["loss"] == found["reconstruction"]
    assert model.predict(data, verbose=0).shape == (64, 64)


def test_lists_of_numbers_are_arrays(vectors):
    expected = evaluate(new_model(), vectors)
    assert evaluate(new_model(), vectors.tolist()) == pytest.approx(expected)
    labels = [0, 1, 2, 1] * 16
    model = classifier()
    options = {"validation_data": (vectors, labels), "class_weight": {0: 2.0}}
    assert np.isfinite(fit(model, vectors, labels, **options)["val_loss"]).all()
    with pytest.raises(ValueError, match="Leave labels out"):
        fit(new_model(), vectors, labels)


def test_weights_of_validation_data_count_without_targets(vectors):
    weights = np.linspace(0, 5, 64, dtype="float32")
    model = new_model()
    for data in ((vectors, None, weights), [vectors, None, weights]):
        found = fit(model, vectors, validation_data=data)["val_loss"]
        expected = evaluate(model, vectors, sample_weight=weights)["loss"]
        assert found == [pytest.approx(expected, rel=1e-5)]


def pixels(x):
    return x * 255


def signed(x):
    return 2 * x - 1


CROSSENTROPY = "binary_crossentropy"
REFUSED = [
    (
        variational,
        signed,
        "likelihood is defined for values in.*from -1 to 1",
    ),
    (variational, pixels, r"from 0 to 255\. Divide pixels by 255"),
    (lambda: new_model(CROSSENTROPY), signed, "takes targets in.*from -1 to 1"),
    (
        lambda: new_model(tfae.losses.SummedBinaryCrossentropy()),
        pixels,
        r"from 0 to 255\. Divide pixels by 255",
    ),
    (
        lambda: new_model(
            keras.losses.BinaryCrossentropy(from_logits=True),
            output_activation="linear",
        ),
        signed,
        "takes targets in",
    ),
    (lambda: variational(None, CROSSENTROPY), signed, "takes targets in"),
]
PATHS = {
    "arrays": lambda model, x: fit(model, x),
    "targets": lambda model, x: fit(model, x / 300, x),
    "tf.data": lambda model, x: fit(model, stream(x), shuffle=False),
    "pairs": lambda model, x: fit(model, stream((x / 300, x)), shuffle=False),
    "generator": lambda model, x: fit(model, (one for one in [x, x]), shuffle=False),
    "PyDataset": lambda model, x: fit(model, Batches("alone", x, x)),
    "validation": lambda model, x: fit(model, abs(x) / 300, validation_data=(x, x)),
    "validation stream": lambda model, x: fit(
        model, abs(x) / 300, validation_data=stream(x)
    ),
    "evaluate": lambda model, x: evaluate(model, x),
    "evaluate stream": lambda model, x: evaluate(model, stream(x)),
    "train_on_batch": lambda model, x: model.train_on_batch(x),
    "test_on_batch": lambda model, x: model.test_on_batch(x),
}


def stream(x):
    return tf.data.Dataset.from_tensor_slices(x).batch(16)


@pytest.mark.parametrize("path", mostly_slow(PATHS, "arrays", "tf.data"))
@pytest.mark.parametrize("case", range(len(REFUSED)))
def test_values_that_a_loss_is_not_defined_for_are_refused(case, path, vectors):
    make, spoil, message = REFUSED[case]
    model = make()
    with pytest.raises(ValueError, match=message) as error:
        PATHS[path](model, spoil(vectors))
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("steps", [1, 2])
def test_compiled_steps_refuse_a_stream_before_they_train(steps, vectors, monkeypatch):
    monkeypatch.setattr(keras.Model, "run_eagerly", False)
    model = variational(jit_compile=steps > 1, steps_per_execution=steps)
    model.build((None, 64))
    before = model.get_weights()
    with pytest.raises(ValueError, match="likelihood is defined for values in"):
        fit(model, stream(signed(vectors)), shuffle=False)
    for found, old in zip(model.get_weights(), before, strict=True):
        np.testing.assert_array_equal(found, old)


def test_a_sigmoid_learns_nothing_of_pixels_but_may_meet_outliers(vectors):
    for train in (PATHS["arrays"], PATHS["tf.data"], PATHS["train_on_batch"]):
        with pytest.raises(ValueError, match=r"outputs lie in.*0 to 255\. Divide"):
            train(new_model(), pixels(vectors))
    # A scaling of the training data leaves others a little, or far, outside.
    fit(new_model(), vectors * 1.2 - 0.1)
    evaluate(new_model(), pixels(vectors))
    fit(new_model(output_activation="linear"), pixels(vectors))


@ENDS
def test_one_shot_generators_lose_no_batch_to_the_check(vectors):
    model = new_model(CROSSENTROPY)
    seen = []
    model.update = lambda batch, update=model.update: (
        seen.append(np.array(batch.inputs)),
        update(batch),
    )[1]
    fit(model, (vectors[i : i + 16] for i in range(0, 64, 16)), shuffle=False)
    np.testing.assert_array_equal(np.concatenate(seen), vectors)


NOT_OURS = {
    "nothing": (lambda model, x: model.fit(), "`x` must be the data"),
    "no inputs": (lambda model, x: model.evaluate(None), "`x` must be the data"),
    "class weights": (
        lambda model, x: fit(model, x, class_weight={0: 2.0}),
        "`class_weight` weighs labels.*sample_weight=",
    ),
    "class weights of pixels": (
        lambda model, x: fit(model, x, x, class_weight={0: 2.0}),
        "`class_weight` weighs labels",
    ),
    "class weights of a batch": (
        lambda model, x: model.train_on_batch(x, x, class_weight={0: 2.0}),
        "`class_weight` weighs labels",
    ),
    "several inputs": (
        lambda model, x: fit(model, (x, x)),
        "takes one tensor of inputs. Received: a tuple of 2",
    ),
    "inputs by name": (
        lambda model, x: fit(model, {"a": x, "b": x}, x),
        "takes one tensor of inputs. Received: a dict of 2",
    ),
    "a stream of several inputs": (
        lambda model, x: fit(model, stream(({"a": x, "b": x}, x)), shuffle=False),
        "takes one tensor of inputs",
    ),
    "several targets": (
        lambda model, x: fit(model, x, (x, x)),
        "rebuilds one tensor. Received: targets that are a tuple of 2",
    ),
    "texts": (
        lambda model, x: fit(model, np.array(["a", "b"])),
        "takes numbers. Received: values of type str32",
    ),
    "a list of texts": (lambda model, x: fit(model, ["a", "b"]), "takes numbers"),
    "a text": (lambda model, x: fit(model, "abc"), "takes arrays or a tf.data"),
    "a stream of texts": (
        lambda model, x: fit(model, stream(["a", "b"]), shuffle=False),
        "takes numbers",
    ),
    "examples of several lengths": (
        lambda model, x: fit(model, [[1.0], [1.0, 2.0]]),
        "takes numbers",
    ),
    "no batches": (
        lambda model, x: fit(
            model, tf.data.Dataset.from_tensor_slices(x), shuffle=False
        ),
        r"elements of shape \(64,\), which are single.*dataset\.batch\(32\)",
    ),
    "no batches to predict": (
        lambda model, x: model.predict(tf.data.Dataset.from_tensor_slices(x)),
        "must give batches",
    ),
    "a stream with labels": (
        lambda model, x: fit(
            model, stream((x, np.arange(64, dtype="int32"))), shuffle=False
        ),
        r"label_mode=None",
    ),
}


@pytest.mark.parametrize("case", NOT_OURS)
@pytest.mark.parametrize("make", [new_model, variational])
def test_what_cannot_be_meant_is_refused_with_the_mend(case, make, vectors):
    call, message = NOT_OURS[case]
    with pytest.raises(ValueError, match=message) as error:
        call(make(), vectors)
    assert "\n" not in str(error.value)


def test_a_folder_with_its_default_labels_says_how_to_leave_them_out(tmp_path):
    images = np.random.default_rng(0).integers(0, 255, (8, 8, 8, 1), "uint8")
    for index, image in enumerate(images):
        folder = tmp_path / f"class_{index % 2}"
        folder.mkdir(exist_ok=True)
        keras.utils.save_img(folder / f"{index}.png", image)

    def read(**options):
        return keras.utils.image_dataset_from_directory(
            tmp_path,
            image_size=(8, 8),
            color_mode="grayscale",
            batch_size=4,
            verbose=False,
            **options,
        )

    model = tfae.Autoencoder(*tfae.networks.convolutional((8, 8, 1), [2]))
    model.compile("adam", "mse")
    with pytest.raises(ValueError, match="label_mode=None"):
        fit(model, read().map(lambda x, y: (x / 255, y)), shuffle=False)
    with pytest.raises(ValueError, match=r"Divide pixels by 255"):
        fit(model, read(label_mode=None), shuffle=False)
    with pytest.raises(ValueError, match=r"must give batches.*dataset\.batch\(32\)"):
        fit(model, read(label_mode=None).unbatch(), shuffle=False)
    fit(model, read(label_mode=None).map(lambda x: x / 255), shuffle=False)


CLASSIFIED = {
    "texts": lambda model, x: fit(model, x, np.array(["a", "b"] * 32)),
    "listed texts": lambda model, x: fit(model, x, ["a", "b"] * 32),
    "a stream": lambda model, x: fit(
        model, stream((x, ["a", "b"] * 32)), shuffle=False
    ),
    "evaluate": lambda model, x: evaluate(model, x, ["a", "b"] * 32),
    "validation": lambda model, x: fit(
        model, x, [0, 1] * 32, validation_data=(x, ["a", "b"] * 32)
    ),
}


@pytest.mark.parametrize("case", CLASSIFIED)
def test_labels_of_texts_are_refused_with_the_mend(case, vectors):
    with pytest.raises(ValueError, match=r"whole numbers.*Number the classes") as error:
        CLASSIFIED[case](classifier(), vectors)
    assert "\n" not in str(error.value)


def test_a_classifier_asks_for_labels(vectors):
    with pytest.raises(ValueError, match=r"trained with labels.*fit\(x, labels\)"):
        fit(classifier(), vectors)
    with pytest.raises(ValueError, match="`x` must be the data"):
        classifier().fit()


def test_weights_of_classes_count_where_labels_are_taken(vectors):
    encoder, decoder = tfae.networks.dense(64, [8, 2], code_activation="linear")
    model = tfae.AdversarialAutoencoder(
        encoder, decoder, "gaussian_ring", [8], label_conditioned=True
    )
    model.compile("adam", "mse")
    labels = [*range(10)] * 6 + [-1] * 4
    weights = {-1: 0.0, **dict.fromkeys(range(10), 0.0)}
    found = fit(model, vectors, labels, class_weight=weights)
    assert found["reconstruction"] == [0.0]


def test_weights_load_into_a_model_that_saw_no_data(vectors, tmp_path):
    for make in (new_model, variational):
        trained, fresh = make(), make()
        fit(trained, vectors)
        trained.save_weights(tmp_path / "some.weights.h5")
        fresh.load_weights(tmp_path / "some.weights.h5")
        outputs = trained.predict(vectors, verbose=0)
        np.testing.assert_array_equal(fresh.predict(vectors, verbose=0), outputs)


def test_a_model_that_saw_no_data_samples_backs_up_and_classifies(vectors, tmp_path):
    assert variational().sample(3, seed=1).shape == (3, 64)
    backup = keras.callbacks.BackupAndRestore(tmp_path / "backup")
    assert "loss" in fit(new_model(), vectors, callbacks=[backup])
    model = tfae.fine_tuning.classifier(new_model(), num_classes=3)
    assert model(vectors).shape == (64, 3)


def test_labels_and_weights_may_be_lists_of_numbers_of_numpy(vectors):
    labels = np.arange(64) % 3
    model = tfae.Classifier(tfae.networks.dense(64, [4])[0], 3)
    model.compile("adam", "sparse_categorical_crossentropy")
    model.fit(vectors, [*labels], sample_weight=[1.0] * 64, epochs=1, verbose=0)
    rebuilt = tfae.StackedAutoencoder(64, [4])
    rebuilt.compile("adam", "mse")
    rebuilt.fit(vectors, sample_weight=[*np.ones(64)], epochs=1, verbose=0)


def test_what_rounding_and_other_parts_do_to_a_range_is_allowed(vectors):
    model = tfae.VariationalAutoencoder(*tfae.networks.variational(64, [8], 2))
    model.compile("adam")
    rounded = np.where(vectors == 1, np.float32(1.0000001), vectors)
    model.fit(rounded, validation_data=(1.05 * vectors,), epochs=1, verbose=0)
    assert np.isfinite(model.evaluate(1.05 * vectors, verbose=0)[0])
    with pytest.raises(ValueError, match=r"values from -1 to 1\. Divide pixels"):
        model.evaluate(2 * vectors - 1, verbose=0)
    with pytest.raises(ValueError, match="is defined for values"):
        model.fit(1.05 * vectors, epochs=1, verbose=0)
