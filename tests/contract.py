"""What every recipe's model must do; test_contract.py runs it on each of them.

Checks take few steps, and run them eagerly: tracing would take far longer. That traced
and compiled steps do the same is a check of its own. What several checks need of a
recipe, its `Subject` makes once.
"""

import dataclasses
import functools
import inspect

import keras
import loopback
import numpy as np
import pytest
import tensorflow as tf
from c_runner import runner
from conftest import assert_same_weights
from topics import texts_of_topics

import tfae
from tfae import datasets
from tfae.arguments import has
from tfae.export import export, warm_up
from tfae.recipes import building
from tfae.serving import Client

# Figures of a batch as a whole, or of what is drawn for its places, which are no means
# of its examples' figures.
DRAWN = ("elbo", "active_units")
ADVERSARIES = ("discriminator", "generator", "discriminator_accuracy")
BATCH_TERMS = {
    "SparseAutoencoder": ("sparsity", "near_target"),
    "VariationalAutoencoder": ("reconstruction", *DRAWN),
    "BetaVAE": ("reconstruction", *DRAWN),
    "ImportanceWeightedAutoencoder": ("negative_bound", *DRAWN),
    "AdversarialAutoencoder": ADVERSARIES,
    "SemiSupervisedAdversarialAutoencoder": ADVERSARIES,
    "HardInputAutoencoder": ("hard", *ADVERSARIES),
    "ScoreMatchingAutoencoder": ("score_matching",),
    "ParametricTSNE": ("divergence",),
}
# Figures of all choices of an epoch together.
EPOCH_FIGURES = ("usage", "perplexity")
# Trained with another loss than they are evaluated with: only training keeps winners.
OF_TRAINING = ("WinnerTakeAllAutoencoder",)
# Other losses than the sum of all, which nobody minimizes where some are adversaries.
FALLING = {
    "AdversarialAutoencoder": "reconstruction",
    "SemiSupervisedAdversarialAutoencoder": "reconstruction",
    "HardInputAutoencoder": "reconstruction",
}
# Arguments that go with batches of the size of the checks.
ARGUMENTS = {"ParametricTSNE": {"perplexity": 10.0}}
# Models of strings, which XLA does not know.
WITHOUT_XLA = ("TextAutoencoder",)
TYPES = {"string": object}  # of NumPy
# Exports may differ by this share of the largest value. Weights of N(0, 1) make sums of
# 60, which are rounded in proportion, before sigmoids: the model itself is 5e-6 off.
EXPORTED, EXPORTED_ROUGH = 1e-6, {"sigmoid_normal_mnist": 2e-5}
# Epochs after which the loss must have fallen, where the learning rate is low.
EPOCHS = {
    "variational_mse_mnist": 20,
    "sigmoid_normal_mnist": 100,
    "convolutional_variational_digits": 20,
    "convolutional_separable_mnist": 60,
}


def samples(recipe):
    """64 fixed examples of the size that the recipe is for."""
    if recipe.network == "bag_of_words":
        return texts_of_topics(64)[0]
    if recipe.network == "sequence":
        reading = recipe.reading or {"window": 32}
        split = datasets.read("faults", None, not recipe.keep_shape, reading)
        return split.train.inputs[:64]
    images = datasets.load("digits", flatten=False).train.inputs[:64]
    if recipe.data in ("mnist", "fashion_mnist"):
        images = np.kron(images, np.ones((1, 3, 3, 1), "float32"))
        images = np.pad(images, ((0, 0), (2, 2), (2, 2), (0, 0)))
    if recipe.binarize == "fixed":
        images = (images > 0.5).astype("float32")
    return images if recipe.keep_shape else images.reshape(64, -1)


def told(recipe, count=64):
    """Labels for so many examples, half of them known, or `None`."""
    if recipe.labels is None:
        return None
    labels = datasets.load("digits").train.labels[:count]
    return np.where(np.arange(count) % 2 * (recipe.labels != "all"), -1, labels)


def new_model(recipe, jit_compile=False):
    """The recipe's model, compiled, from a fixed seed."""
    keras.utils.set_random_seed(1)
    arguments = {**recipe.arguments, **ARGUMENTS.get(recipe.model, {})}
    jit_compile = jit_compile and recipe.model not in WITHOUT_XLA
    recipe = dataclasses.replace(recipe, jit_compile=jit_compile, arguments=arguments)
    inputs = samples(recipe)
    model = building.build(recipe, inputs.shape[1:])
    if has(model, "adapt"):
        model.adapt(inputs)
    building.compile_model(model, recipe)
    return model


def fit(model, inputs, labels=None, epochs=1, **options):
    return model.fit(
        inputs, labels, epochs=epochs, batch_size=32, verbose=0, **options
    ).history


def evaluate(model, inputs, labels=None, batch_size=32):
    return model.evaluate(
        inputs, labels, batch_size=batch_size, verbose=0, return_dict=True
    )


class Subject:
    """A recipe under its checks, which share its models whatever their order."""

    def __init__(self, recipe):
        self.recipe, self.inputs = recipe, samples(recipe)
        self.labels = told(recipe)

    @functools.cached_property
    def model(self):
        """As it was built: no check trains it."""
        return self.eager_model()

    @functools.cached_property
    def whole(self):
        """What the model as it was built gives for one batch of all examples."""
        return evaluate(self.model, self.inputs, self.labels, batch_size=64)

    @functools.cached_property
    def trained(self):
        """A model after an epoch or more, its history and weights after the first."""
        model = self.eager_model()
        history = self.first_epoch(model)
        return model, history, model.get_weights()

    @functools.cached_property
    def compiled(self):
        """A model of steps that XLA compiles, after an epoch or more, and the first."""
        model = new_model(self.recipe, jit_compile=True)
        return model, fit(model, self.inputs, self.labels, shuffle=False)

    def eager_model(self):
        model = new_model(self.recipe)
        model.run_eagerly = True
        return model

    def first_epoch(self, model):
        targets = self.inputs if self.labels is None else self.labels
        validation = {"validation_data": (self.inputs, targets), "shuffle": False}
        return fit(model, self.inputs, self.labels, **validation)


def lowest_loss(model, inputs):
    """What perfect outputs cost: of a Gaussian of fixed variance, its constant."""
    likelihood = getattr(model, "likelihood", None)
    if not isinstance(likelihood, tfae.likelihoods.Gaussian):
        return 0
    return -np.mean(likelihood.log_likelihood(inputs, inputs))


def check_shapes(subject):
    model, inputs = subject.model, subject.inputs
    assert model.predict(inputs, verbose=0).shape == model(inputs).shape
    if has(model, "sample") and getattr(model, "prior", True) is not None:
        assert model.sample(3, seed=1).shape == (3, *inputs.shape[1:])
        np.testing.assert_array_equal(model.sample(3, seed=1), model.sample(3, seed=1))
    if not has(model, "encode"):
        return
    codes = model.encode(inputs)
    assert codes.shape == (64, *model.code_shape)
    if not has(model, "decode"):
        np.testing.assert_array_equal(codes, model(inputs))
        return
    decoded = model.decode(codes, *model.encode_switches(inputs))
    shape = inputs.shape if model.example_shape else (64, *decoded.shape[1:])
    assert decoded.shape == model(inputs).shape == shape
    np.testing.assert_allclose(decoded, model(inputs), atol=1e-6)


def check_config_round_trip(subject):
    model, inputs = subject.model, subject.inputs
    config = model.get_config()
    copy = type(model).from_config(config)
    copy.build(inputs.shape)
    assert copy.get_config() == config
    copy.set_weights(model.get_weights())
    np.testing.assert_allclose(copy(inputs), model(inputs), atol=1e-6)


def check_saved_model_is_the_same_and_trains_on(subject, folder):
    model, _, _ = subject.trained
    inputs, labels = subject.inputs, subject.labels
    model.save(folder / "model.keras")
    loaded = tfae.load(folder / "model.keras")  # pytest makes a warning an error
    loaded.run_eagerly = True
    assert evaluate(loaded, inputs, labels) == evaluate(model, inputs, labels)
    assert loaded.optimizer.iterations == model.optimizer.iterations
    fit(model, inputs, labels, shuffle=False)
    fit(loaded, inputs, labels, shuffle=False)
    assert_same_weights(loaded, model)


def check_export_answers_as_the_model(subject, folder):
    model, inputs, exported = subject.model, subject.inputs, subject.recipe.name
    path = export(model, folder / exported, examples=inputs)
    generator = np.random.default_rng(0)
    share = EXPORTED_ROUGH.get(exported, EXPORTED)
    for size in (1, 7, 256):
        if inputs.dtype == object:
            rows = generator.choice(inputs, size)
        else:
            rows = generator.random((size, *inputs.shape[1:]), dtype="float32")
        values = model.serving_examples(rows)
        for name, signature in model.serving_signatures().items():
            arrays = {
                key: np.asarray(
                    values[key], TYPES.get(signature.dtypes.get(key), "float32")
                )
                for key in signature.inputs
            }
            expected = signature.function(*map(tf.constant, arrays.values()))
            served = runner().run(path, name, arrays)
            assert set(served) == set(expected)
            for key, value in expected.items():
                difference = np.abs(served[key] - value).max()
                assert difference <= share * np.abs(value).max(), (name, key, size)
    replay_warm_up(model, folder, exported)


def replay_warm_up(model, folder, name):
    """Sends the warm-up requests of an export to the servicer, as a server would."""
    requests = warm_up.read(folder / name / "1")
    signatures = model.serving_signatures()
    assert [signature for signature, _ in requests] == list(signatures)
    with loopback.grpc_server(folder) as url, Client(url, name) as client:
        for signature, arrays in requests:
            answers = client.predict(arrays, signature)
            function, inputs, _ = signatures[signature]
            expected = function(*(tf.constant(arrays[name]) for name in inputs))
            assert set(answers) == set(expected)
            for key, value in expected.items():
                np.testing.assert_allclose(answers[key], value, 1e-5, 1e-6)


def check_terms_sum_to_the_loss(subject):
    model, logs = subject.model, subject.whole
    names = [*model.term_names, *(["regularization"] if model.losses else [])]
    assert set(names) <= set(logs)
    assert sum(logs[name] for name in names) == pytest.approx(logs["loss"], rel=1e-6)


def check_train_and_test_have_the_same_terms(subject):
    _, history, _ = subject.trained
    training_names = {name for name in history if not name.startswith("val_")}
    assert {f"val_{name}" for name in training_names} == set(history) - training_names


def check_loss_falls(subject):
    # Of compiled steps, which are those of the plain model: another check's matter.
    model, first = subject.compiled
    inputs, labels = subject.inputs, subject.labels
    history = fit(model, inputs, labels, EPOCHS.get(subject.recipe.name, 10) - 1)
    name = FALLING.get(subject.recipe.model, "loss")
    if subject.recipe.model in OF_TRAINING:
        before, after = first[name][0], history[name][-1]
    else:
        before, after = subject.whole[name], evaluate(model, inputs, labels)[name]
    floor = lowest_loss(model, subject.inputs)
    assert after - floor < 0.9 * (before - floor)


def check_partial_last_batch_counts_for_what_it_holds(subject):
    model, inputs, labels = subject.model, subject.inputs, subject.labels
    whole, partial = subject.whole, evaluate(model, inputs, labels, batch_size=24)
    parts = []
    for start in (0, 24, 48):
        part = slice(start, start + 24)
        known = None if labels is None else labels[part]
        parts.append(evaluate(model, inputs[part], known, batch_size=24))
    batch_terms = BATCH_TERMS.get(subject.recipe.model, ())
    of_batches = {*batch_terms, *(["loss"] if batch_terms else [])}
    for name in whole:
        if name not in of_batches:
            assert partial[name] == pytest.approx(whole[name], rel=1e-5), name
        if name not in EPOCH_FIGURES:
            values = [part[name] for part in parts]
            expected = np.average(values, weights=(24, 24, 16))
            assert partial[name] == pytest.approx(expected, rel=1e-5), name


def check_same_seed_same_run(subject):
    _, history, weights = subject.trained
    again = subject.eager_model()
    assert subject.first_epoch(again) == history
    for ours, theirs in zip(again.get_weights(), weights, strict=True):
        np.testing.assert_array_equal(ours, theirs)


def check_compiled_and_plain_agree(subject):
    (model, plain, _), (compiled, xla) = subject.trained, subject.compiled
    assert set(xla) == {name for name in plain if not name.startswith("val_")}
    # XLA draws other random numbers: models that draw any agree only at inference.
    if len(model.variables) == len(model.weights):
        for name, values in xla.items():
            assert values == pytest.approx(plain[name], rel=1e-4), name
    compiled.set_weights(model.get_weights())
    expected = evaluate(model, subject.inputs, subject.labels)
    # The loss of a machine is a small difference of energies, and as exact as these.
    energies = model.free_energy(subject.inputs) if has(model, "free_energy") else 0
    exact = {"rel": 1e-5, "abs": 1e-6 * float(np.mean(np.abs(energies)))}
    found = evaluate(compiled, subject.inputs, subject.labels)
    assert found == pytest.approx(expected, **exact)


def check_wrong_width_is_refused(subject):
    for axis in range(1, subject.inputs.ndim):
        twice = np.concatenate([subject.inputs, subject.inputs], axis=axis)
        training = functools.partial(fit, subject.model, labels=subject.labels)
        for take in (training, subject.model.predict):
            with pytest.raises(ValueError, match=r"takes examples of|Inputs must have"):
                take(twice)


def check_labels_are_refused_as_targets(subject):
    # But by models that take labels, which refuse those of no class.
    message = "Leave labels out" if subject.labels is None else "must be whole numbers"
    with pytest.raises(ValueError, match=message):
        fit(subject.model, subject.inputs, np.arange(64))


CHECKS = [check for name, check in list(globals().items()) if name.startswith("check_")]


def run(check, subject, folder):
    """Runs a check, in a folder where it takes one."""
    check(
        subject, *([folder] if "folder" in inspect.signature(check).parameters else [])
    )
