"""Autoencoders regularized by noise, contraction or competition among their units."""

from tfae.recipes import plain
from tfae.recipes.recipe import Recipe, layer


def _denoising(name, summary, corruption, source, **settings):
    return Recipe(
        name=name,
        summary=f"784-300-150-300-784 ReLU, {summary}",
        model="DenoisingAutoencoder",
        network="dense",
        network_arguments={
            "hidden_units": (300, 150),
            "activation": "relu",
            "output_activation": "linear",
        },
        arguments={"corruption": corruption},
        source=source,
        **{**plain.NOTEBOOK, "epochs": 10, **settings},
    )


def _tf_models(name, summary, corruption, runner, **settings):
    network = {
        **plain.TF_MODELS["network_arguments"],
        "output_activation": "linear",
        "decoder_initializer": "zeros",
    }
    return Recipe(
        name=name,
        summary=f"784-200-784 softplus, linear outputs, standardized, {summary}",
        arguments={"corruption": corruption},
        source=f"tensorflow/models research/autoencoder, {runner}",
        **{
            **plain.TF_MODELS,
            "model": "DenoisingAutoencoder",
            "network_arguments": network,
            **settings,
        },
    )


# At a rate of .01, 87 % of the first layer are dead and pictures are blurred.
GENTLER = {"learning_rate": 1e-3, "epochs": 20}
# The common network of the models in Rifai et al. 2011: 1000 tied sigmoid units.
TIED_SIGMOID = {
    "network": "dense",
    "network_arguments": {
        "hidden_units": (1000,),
        "activation": "sigmoid",
        "tie_weights": True,
    },
    "data": "mnist",
    "validation": 5_000,
    "epochs": 15,
    "loss": "SummedBinaryCrossentropy",
    "probes": ("linear_svm", "logistic", "knn", "jacobian", "sparsity"),
}


def _k_sparse(k, error):
    return Recipe(
        name=f"k_sparse_{k}_mnist",
        summary=f"784-1000-784 linear, tied, each example's {k} largest units",
        model="WinnerTakeAllAutoencoder",
        network="dense",
        network_arguments={
            "hidden_units": (1000,),
            "activation": "linear",
            "output_activation": "linear",
            "tie_weights": True,
        },
        arguments={"winners": layer("KSparse", k=k, inference_k=2 * k)},
        data="mnist",
        validation=5_000,
        epochs=40,
        decay="cosine",
        center=True,  # otherwise a tenth of the units never win
        source="Makhzani & Frey 2013, table 1",
        references=(("logistic_error", error, "paper"),),
        probes=("linear_svm", "logistic", "sparsity"),
    )


RECIPES = (
    _denoising(
        "denoising_gaussian_mnist",
        "Gaussian noise of σ 1",
        layer("GaussianNoise", stddev=1.0),
        "handson-ml chapter 15, denoising (Gaussian)",
    ),
    _denoising(
        "denoising_dropout_mnist",
        "30 % of the pixels dropped, the others rescaled",
        layer("Dropout", rate=0.3),
        "handson-ml chapter 15, denoising (dropout)",
    ),
    _denoising(
        "denoising_noise_mnist",
        "Gaussian noise of σ .5",
        layer("GaussianNoise", stddev=0.5),
        "handson-ml chapter 15, with half its noise and a tenth of its rate",
        **GENTLER,
    ),
    _denoising(
        "denoising_masking_25_mnist",
        "25 % of the pixels masked",
        layer("MaskingNoise", rate=0.25),
        "Vincent et al. 2010, masking noise, in the notebook's network",
        **GENTLER,
    ),
    _denoising(
        "denoising_masking_50_mnist",
        "50 % of the pixels masked",
        layer("MaskingNoise", rate=0.5),
        "Vincent et al. 2010, masking noise, in the notebook's network",
        **GENTLER,
    ),
    _tf_models(
        "denoising_shared_mnist",
        "noise of σ .01, one draw per batch",
        layer("SharedGaussianNoise", stddev=0.01),
        "AdditiveGaussianNoise",
    ),
    _tf_models(
        "denoising_softplus_mnist",
        "5 % of the pixels dropped",
        layer("Dropout", rate=0.05),
        "MaskingNoise",
        epochs=100,
    ),
    Recipe(
        name="tied_sigmoid_mnist",
        summary="784-1000-784 sigmoid, tied: the baseline of the next three",
        model="Autoencoder",
        source="Rifai et al. 2011, AE",
        **TIED_SIGMOID,
    ),
    Recipe(
        name="denoising_sigmoid_mnist",
        summary="784-1000-784 sigmoid, tied, Gaussian noise of σ .3",
        model="DenoisingAutoencoder",
        arguments={"corruption": layer("GaussianNoise", stddev=0.3)},
        jit_compile=False,
        source="Rifai et al. 2011, DAE-g",
        **TIED_SIGMOID,
    ),
    Recipe(
        name="contractive_mnist",
        summary="784-1000-784 sigmoid, tied, contractive penalty",
        model="ContractiveAutoencoder",
        arguments={"contraction": 1.0},
        source="Rifai et al. 2011, CAE",
        **TIED_SIGMOID,
    ),
    Recipe(
        name="contractive_denoising_mnist",
        summary="784-1000-784 sigmoid, tied, contractive penalty and noise of σ .3",
        model="ContractiveAutoencoder",
        arguments={
            "contraction": 1.0,
            "corruption": layer("GaussianNoise", stddev=0.3),
        },
        jit_compile=False,
        source="Chen et al. 2014, contractive and denoising",
        **TIED_SIGMOID,
    ),
    Recipe(
        name="winner_take_all_mnist",
        summary="784-2000-784 ReLU, each unit active on 5 % of the batch",
        model="WinnerTakeAllAutoencoder",
        network="dense",
        network_arguments={
            "hidden_units": (2000,),
            "activation": "relu",
            "output_activation": "linear",
        },
        arguments={"winners": layer("LifetimeSparsity", rate=0.05)},
        data="mnist",
        validation=5_000,
        epochs=50,
        batch_size=100,
        source="Makhzani & Frey 2015, FC-WTA",
        references=(("linear_svm_error", 0.0120, "paper"),),
        probes=("linear_svm", "sparsity"),
    ),
    _k_sparse(10, 0.0210),
    _k_sparse(25, 0.0135),
    _k_sparse(40, 0.0154),
    Recipe(
        name="marginalized_mnist",
        summary="784-784-784-784, three linear denoisers in closed form (mSDA)",
        model="MarginalizedDenoisingAutoencoder",
        arguments={"depth": 3, "rate": 0.5, "regularization": 1e-5},
        data="mnist",
        validation=5_000,
        epochs=4,  # one pass per layer, and one for the decoder
        batch_size=1000,
        jit_compile=False,  # a few products: not worth compiling
        source="Chen et al. 2012, mSDA",
        probes=("logistic",),
    ),
    Recipe(
        name="marginalized_nonlinear_mnist",
        summary="784-1000-784 sigmoid, tied, expected loss of 25 % masking (mDAE)",
        model="NonlinearMarginalizedDenoisingAutoencoder",
        arguments={"noise": "masking", "level": 0.25},
        source="Chen et al. 2014, mDAE",
        **TIED_SIGMOID,
    ),
)
