"""What the tools ask of a model of one's own, and what they say where it is missing."""

import keras
import numpy as np
import pytest
from keras import ops

import tfae
from tfae import datasets, evaluation, reporting
from tfae.evaluation import likelihood, measures
from tfae.models.signatures import Signature


@keras.saving.register_keras_serializable(package="tests")
class Usual(keras.Model):
    """Written as in Keras' guides: layers in `__init__`, a `call`, and no `build`."""

    measures = {"errors": measures.errors}
    reports = {}

    def __init__(self, shape=(64,), **kwargs):
        super().__init__(**kwargs)
        self.example_shape = tuple(shape)
        self.inner = keras.layers.Dense(3, "relu")
        self.outer = keras.layers.Dense(64)

    def call(self, inputs):
        return self.outer(self.inner(inputs))

    def encode(self, inputs):
        return self.inner(inputs)

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, **kwargs):
        return ops.mean(ops.square(y_pred - x))

    def check_inputs(self, inputs, name="the data"):
        assert inputs.shape[1:] == (64,)

    def serving_signatures(self):
        return {"serving_default": Signature(self, {"inputs": (64,)})}

    def serving_examples(self, inputs):
        return {"inputs": inputs}


class Lacking(keras.Model):
    """Has none of the parts but a shape."""

    def __init__(self, shape=(64,), **kwargs):
        super().__init__(**kwargs)
        self.example_shape = tuple(shape)
        self.layer = keras.layers.Dense(64)

    def call(self, inputs):
        return self.layer(inputs)


class Failing(Usual):
    """Has the optional parts, and an error of its own in each."""

    @property
    def encode(self):
        return self.no_such_attribute

    coder = log_weights = stages = encode


def recipe_of(model, **fields):
    return tfae.recipes.Recipe(
        name="own_digits",
        summary="a model of one's own",
        model=f"{__name__}.{model}",
        source="a test",
        data="digits",
        epochs=1,
        loss=None,
        jit_compile=False,
        **fields,
    )


def test_a_model_without_a_build_of_its_own_is_trained(tmp_path):
    run = tfae.run(recipe_of("Usual"), tmp_path, verbose=0)
    assert len(run.model.weights) == 4
    assert run.metrics["figures"]["test_mse"] > 0
    model = tfae.load(tmp_path)
    inputs = datasets.load("digits").test.inputs
    np.testing.assert_allclose(model(inputs), run.model(inputs), atol=1e-6)


def test_the_protocol_is_checked_before_training(tmp_path):
    with pytest.raises(ValueError, match=r"own_digits trains a Lacking.* reports\."):
        tfae.run(recipe_of("Lacking"), tmp_path, verbose=0)
    assert not any(tmp_path.iterdir())


def test_codes_of_own_models_are_compared(digits, tmp_path):
    models = {"one": Usual(), "other": Usual()}
    for model in models.values():
        model(digits.test.inputs)
    assert len(reporting.compare(models, digits, tmp_path)) == 2


def ask_for_stages(model):
    model.compile("adam", "mse")
    model.fit(np.zeros((8, 64)), callbacks=[tfae.GreedyPretraining(1)])


ASKING = {
    "encode": lambda model: evaluation.encode(model, np.zeros((8, 64))),
    "coder": tfae.fine_tuning.copy_encoder,
    "log_weights": lambda model: evaluation.log_likelihoods(model, np.zeros((8, 64))),
    "stages": ask_for_stages,
}


@pytest.mark.parametrize("name", ASKING)
def test_a_part_that_is_missing_is_named(name):
    model = Lacking()
    model(np.zeros((8, 64)))
    with pytest.raises(ValueError, match=f"has no `{name}`. Received: Lacking"):
        ASKING[name](model)


@pytest.mark.parametrize("name", ASKING)
def test_an_error_within_an_optional_part_is_not_hidden(name):
    model = Failing()
    model(np.zeros((8, 64)))
    with pytest.raises(AttributeError, match="no_such_attribute"):
        ASKING[name](model)


def test_an_error_within_the_likelihood_is_not_hidden(vectors):
    model = tfae.VariationalAutoencoder(*tfae.networks.variational(64, [8], 2))
    model(vectors)
    with pytest.raises(ValueError, match="shape"):
        likelihood.check(model, vectors[:, :32])


def test_only_models_with_networks_are_centred(tmp_path):
    with pytest.raises(ValueError, match=r"has no `encoder`.* Use center=False"):
        tfae.run(recipe_of("Usual", center=True), tmp_path, verbose=0)


def test_bare_layers_are_centred(vectors):
    encoder, decoder = keras.layers.Dense(4), keras.layers.Dense(64)
    model = tfae.Autoencoder(encoder, decoder)
    model.build((None, 64))
    tfae.networks.center(encoder, decoder, vectors)
    np.testing.assert_allclose(decoder.bias, vectors.mean(axis=0), atol=1e-6)
    mean = vectors.mean(axis=0, keepdims=True)
    np.testing.assert_allclose(encoder(mean), np.zeros((1, 4)), atol=1e-5)
