"""Models whose weights `quantize` has rounded, of each class."""

import every_class
import keras
import numpy as np
import pytest
from c_runner import runner
from conftest import slow

import tfae
from tfae import networks
from tfae.export import export

pytestmark = [
    pytest.mark.usefixtures("eager"),
    pytest.mark.filterwarnings("ignore:Layer .* does not have a `quantize` method"),
]
DENSE, VARIATIONAL = every_class.dense, every_class.variational
TIED = {"tie_weights": True, "output_activation": "sigmoid"}


def adversarial(**options):
    codes = {"code_activation": "linear"}
    return tfae.AdversarialAutoencoder(
        *networks.dense(64, [8, 2], **codes), discriminator=[8], **options
    )


def semi_supervised():
    return tfae.SemiSupervisedAdversarialAutoencoder(
        *networks.dense(64, [12], code_activation="linear"),
        num_classes=3,
        discriminator=[8],
        labelled_batch_size=4,
    )


def codebook():
    pair = networks.quantized(64, [16], positions=4, code_dim=4)
    prior = {"filters": 4, "dilations": [1], "head_units": 4}
    return tfae.VQVAE(*pair, num_codes=8, prior=prior)


def pixels(**options):
    small = {"filters": 4, "kernel_size": 3, "dilations": [1], "head_units": 8}
    return tfae.PixelCNN((8, 8, 1), **small, **options)


def recurrent(kind):
    return tfae.PixelRNN((8, 8, 1), kind=kind, units=4, layers=1, kernel_size=3)


# What is tried by default: one of each kind.
QUICK = (("tied", "int4"),)
# Beside those of `every_class`, and the loss that each is compiled with.
MAKERS = {
    "Classifier": (
        lambda: tfae.Classifier(DENSE()[0], 3),
        "sparse_categorical_crossentropy",
    ),
    "tied": (lambda: tfae.Autoencoder(*DENSE(**TIED)), "mse"),
    "tied stack": (lambda: tfae.StackedAutoencoder(64, [8], tie_weights=True), "mse"),
    "closed contraction": (
        lambda: tfae.ContractiveAutoencoder(*DENSE("sigmoid")),
        "mse",
    ),
    "stages": (lambda: tfae.ConvolutionalStackedAutoencoder((8, 8, 1), [4], 3), "mse"),
    "AdversarialAutoencoder": (adversarial, "mse"),
    "SemiSupervised": (semi_supervised, "mse"),
    "perturbations": (
        lambda: tfae.HardInputAutoencoder(*DENSE(), adversary_units=[8]),
        "mse",
    ),
    "generated": (
        lambda: tfae.HardInputAutoencoder(*DENSE(), "generator", adversary_units=[8]),
        "mse",
    ),
    "GenerativeStochasticNetwork": (
        lambda: tfae.GenerativeStochasticNetwork(*DENSE("tanh", **TIED)),
        "mse",
    ),
    "ScoreMatchingAutoencoder": (
        lambda: tfae.ScoreMatchingAutoencoder(*DENSE("sigmoid", **TIED)),
        None,
    ),
    "ParametricTSNE": (
        lambda: tfae.ParametricTSNE(networks.dense(64, [8, 2])[0], perplexity=3),
        None,
    ),
    "codebook with a prior": (codebook, "mse"),
    "PixelCNN": (pixels, None),
    "embedded pixels": (lambda: pixels(levels=4, embedding_dim=3), None),
    "rows": (lambda: recurrent("row"), None),
    "diagonals": (lambda: recurrent("diagonal"), None),
    "ConditionalVAE": (
        lambda: tfae.ConditionalVAE(*VARIATIONAL(condition_dim=3), num_classes=3),
        None,
    ),
    "TextAutoencoder": (
        lambda: tfae.TextAutoencoder(
            *networks.bag_of_words((), [4], words=4), vocabulary=["a", "b", "c", "d"]
        ),
        "mse",
    ),
}
IMAGES = ("stages", "PixelCNN", "embedded pixels", "rows", "diagonals")
WITH_LABELS = ("Classifier", "SemiSupervised")
# Whose kernels other layers or the loss read, which int4 hides.
SHARED = (
    *("RestrictedBoltzmannMachine", "NonlinearMarginalizedDenoisingAutoencoder"),
    *("tied", "tied stack", "closed contraction", "GenerativeStochasticNetwork"),
    "ScoreMatchingAutoencoder",
)
NAMES = (*every_class.MAKERS, *MAKERS)


def new_model(name):
    if name in every_class.MAKERS:
        return every_class.new_model(name)
    make, loss = MAKERS[name]
    keras.utils.set_random_seed(0)
    model = make()
    model.compile(keras.optimizers.Adam(0.01), loss)
    return model


def data_of(name, vectors):
    """What `fit` and a call get, and labels or none."""
    labels = np.arange(64) % 3
    if name == "ConditionalVAE":
        return (vectors, labels), [vectors, labels.astype("float32")], None
    if name == "TextAutoencoder":
        texts = np.array(["a b", "c", "d d a", "b"] * 16)
        return texts, keras.ops.convert_to_tensor(texts), None
    if name in IMAGES:
        vectors = np.round(vectors).reshape(-1, 8, 8, 1)
    return vectors, vectors, labels if name in WITH_LABELS else None


@pytest.mark.filterwarnings("ignore:Only .* layers are solved")
@pytest.mark.parametrize(
    ("name", "mode"),
    [
        (name, mode) if (name, mode) in QUICK else slow(name, mode)
        for name in NAMES
        for mode in ("int8", "int4")
    ],
)
def test_a_quantized_model_is_near_and_survives_or_is_refused(
    name, mode, vectors, tmp_path
):
    model = new_model(name)
    given, called, labels = data_of(name, vectors)
    model.fit(given, labels, verbose=0)
    before = np.array(model(called))
    if mode == "int4" and name in SHARED:
        with pytest.raises(ValueError, match=r"in int4\. Use int8, or untied weights"):
            model.quantize(mode)
        np.testing.assert_array_equal(model(called), before)  # nothing was rounded
        return
    model.quantize(mode)
    outputs = np.array(model(called))
    assert np.abs(outputs - before).max() < {"int8": 0.05, "int4": 0.5}[mode]
    logs = model.evaluate(given, labels, verbose=0, return_dict=True)
    assert np.isfinite([*logs.values()]).all()
    model.save(tmp_path / "model.keras")
    loaded = tfae.load(tmp_path)
    np.testing.assert_allclose(loaded(called), outputs, atol=1e-6)
    again = loaded.evaluate(given, labels, verbose=0, return_dict=True)
    assert again["loss"] == pytest.approx(logs["loss"], rel=1e-5)
    if name == "MarginalizedDenoisingAutoencoder":
        with pytest.raises(ValueError, match="A quantized model is not solved again"):
            loaded.fit(given, verbose=0)
    else:
        loaded.fit(given, labels, verbose=0)  # of biases


@pytest.mark.slow
@pytest.mark.parametrize(
    "name", ["tied stack", slow("closed contraction"), slow("Classifier")]
)
def test_a_model_that_was_never_compiled_is_quantized_and_served(
    name, vectors, tmp_path
):
    model = MAKERS[name][0]()
    before = np.array(model(vectors))
    model.quantize("int8")
    outputs = np.array(model(vectors))
    assert 0 < np.abs(outputs - before).max() < 0.05
    path = export(model, tmp_path, examples=vectors)
    answer = runner().run(path, "serving_default", {"inputs": vectors})
    key = "probabilities" if name == "Classifier" else "reconstruction"
    np.testing.assert_allclose(answer[key], outputs, atol=1e-4)


@pytest.mark.slow
def test_a_prior_of_a_quantized_codebook_still_trains_and_draws(vectors):
    model = new_model("codebook with a prior")
    model.fit(vectors, verbose=0)
    model.quantize("int8")
    history = model.fit_prior(vectors, epochs=2, verbose=0)
    assert np.isfinite(history.history["loss"]).all()
    assert not model.prior.trainable_variables
    assert model.sample(2, seed=1).shape == (2, 64)
