"""The zoo on images: which models take which convolutional networks, by the contract.

The recipes of the digits are under the contract by default; here every pair is, which
takes minutes. docs/guides/images.md shows the table.
"""

from pathlib import Path

import contract
import keras
import numpy as np
import pytest
from c_runner import runner

import tfae
from tfae import datasets, networks
from tfae.recipes import Recipe
from tfae.recipes.recipe import layer

FORMS = {
    "strides": {"downsampling": "stride"},
    "max pooling": {"downsampling": "max_pool"},
    "nearest": {"downsampling": "max_pool", "upsampling": "nearest"},
    "normalized": {"normalization": "batch"},
    "residual": {"blocks": 1},
    "switches": {"downsampling": "switches"},
    "tied": {"tie_weights": True},
    "separable": {"separable": "full"},
}
FOR_ALL = ("strides", "max pooling", "nearest", "normalized")
CODES = {"latent_dim": 8, "code_activation": "linear"}
# Of each model its arguments, the forms that it takes, and the builder and the codes.
MODELS = {
    "Autoencoder": ({}, tuple(FORMS)),
    "DenoisingAutoencoder": (
        {"corruption": layer("MaskingNoise", rate=0.25)},
        tuple(FORMS),
    ),
    "SparseAutoencoder": ({"penalty": "l1", "sparsity": 1e-4}, tuple(FORMS)),
    "ContractiveAutoencoder": (
        {"method": "estimate", "contraction": 1e-4},
        (*FOR_ALL[:3], "residual", "tied", "separable"),
    ),
    "WinnerTakeAllAutoencoder": (
        {"winners": layer("KSparse", k=4)},
        (*FOR_ALL, "residual", "tied", "separable"),
    ),
    "VariationalAutoencoder": ({"likelihood": "gaussian"}, FOR_ALL),
    "BetaVAE": ({"likelihood": "gaussian"}, FOR_ALL),
    "ImportanceWeightedAutoencoder": (
        {"likelihood": "gaussian", "samples": 2},
        FOR_ALL,
    ),
    "VQVAE": (
        {"quantizer": layer("VectorQuantizer", num_codes=16)},
        (*FOR_ALL, "residual"),
    ),
    "Classifier": (None, tuple(FORMS)),
}
GAUSSIAN = ("VariationalAutoencoder", "BetaVAE", "ImportanceWeightedAutoencoder")
PAIRS = [
    (model, form)
    for model, (arguments, forms) in MODELS.items()
    if arguments is not None  # the classifier rebuilds nothing
    for form in forms
]
DOCS = Path(__file__).parents[1] / "docs"


def recipe_of(model, form):
    """A recipe of a model whose networks have a form, on the digits."""
    network, codes = "convolutional", CODES
    if model in GAUSSIAN:
        network, codes = "convolutional_variational", {"latent_dim": 2}
    elif model == "VQVAE":
        network, codes = "convolutional_quantized", {"code_dim": 4}
    elif form == "residual":
        network = "residual"
    arguments = {"filters": (4, 8), "output_activation": "linear", **codes}
    return Recipe(
        name=f"{model}_{form}",
        summary=f"{model} of {form}",
        model=model,
        arguments=MODELS[model][0],
        network=network,
        network_arguments={**arguments, **FORMS[form]},
        data="digits",
        keep_shape=True,
        learning_rate=0.01,
        loss=None if model in GAUSSIAN else "mse",
        source="a test",
    )


@pytest.mark.slow
@pytest.mark.parametrize(("model", "form"), PAIRS)
def test_a_model_of_convolutional_networks_keeps_the_contract(model, form, tmp_path):
    subject = contract.Subject(recipe_of(model, form))
    for check in contract.CHECKS:
        contract.run(check, subject, tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("form", MODELS["Classifier"][1])
def test_a_classifier_of_convolutional_networks_learns_and_leaves(form, tmp_path):
    part = datasets.load("digits", flatten=False).train
    images, classes = part.inputs[:256], part.labels[:256]
    subject = contract.Subject(recipe_of("Autoencoder", form))
    model = tfae.fine_tuning.classifier(subject.model, 10)
    adam = keras.optimizers.Adam(0.01)
    model.compile(adam, "sparse_categorical_crossentropy", metrics=["accuracy"])
    history = model.fit(images, classes, epochs=15, verbose=0).history
    assert history["accuracy"][-1] > 0.8
    expected = model.predict(images, verbose=0)
    model.save(tmp_path / "model.keras")
    loaded = tfae.load(tmp_path / "model.keras")
    np.testing.assert_array_equal(loaded.predict(images, verbose=0), expected)
    path = tfae.export.export(model, tmp_path / "classifier", examples=images)
    (name, signature), *_ = model.serving_signatures().items()
    (argument,) = signature.inputs
    served = runner().run(path, name, {argument: images[:7]})
    for key, value in signature.function(images[:7]).items():
        np.testing.assert_allclose(served[key], value, 1e-5, 1e-6)


@pytest.mark.parametrize(
    "model", [name for name, (_, forms) in MODELS.items() if "switches" not in forms]
)
def test_other_models_refuse_switches(model):
    with pytest.raises(ValueError, match="switches"):
        contract.Subject(recipe_of(model, "switches")).model.summary()


def table():
    """The table of the documentation: models, and forms that they take."""
    lines = [f"| | {' | '.join(FORMS)} |", f"|---|{':-:|' * len(FORMS)}"]
    for model, (_, forms) in MODELS.items():
        marks = ["yes" if form in forms else "–" for form in FORMS]
        lines.append(f"| `{model}` | {' | '.join(marks)} |")
    return "\n".join(lines)


def test_the_documentation_shows_this_table():
    assert table() in (DOCS / "guides" / "images.md").read_text()


def test_every_builder_of_images_is_in_the_documentation():
    text = (DOCS / "guides" / "images.md").read_text()
    for name in networks.__all__:
        if name.startswith("convolutional") or name in ("residual", "feature_maps"):
            assert f"`{name}`" in text


@pytest.mark.slow
@pytest.mark.parametrize("form", ["strides", "max pooling", "switches"])
def test_filters_maps_and_unpooling_are_drawn(form):
    subject = contract.Subject(recipe_of("Autoencoder", form))
    split = datasets.load("digits", flatten=False)
    drawn = {
        name: subject.model.reports[name](subject.model, split, "title") is not None
        for name in ("filters", "feature_maps", "unpooling")
    }
    pools = form != "strides"
    assert drawn == {"filters": True, "feature_maps": True, "unpooling": pools}


def test_pictures_of_nested_stages_and_of_reshaped_vectors_are_drawn():
    split = datasets.load("digits", flatten=False)
    stages = tfae.ConvolutionalStackedAutoencoder((8, 8, 1), [3, 4], kernel_size=3)
    assert stages.reports["feature_maps"](stages, split, "title") is not None
    layers = [keras.layers.Reshape((8, 8, 1)), keras.layers.Conv2D(3, 3)]
    encoder = keras.Sequential([keras.Input((64,)), *layers, keras.layers.Flatten()])
    model = tfae.Autoencoder(encoder, keras.layers.Dense(64))
    vectors = datasets.load("digits")
    model(vectors.test.inputs[:2])
    assert model.reports["feature_maps"](model, vectors, "title") is not None
