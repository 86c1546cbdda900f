"""Stacks whose layers are pretrained one after the other."""

from tfae.recipes import plain
from tfae.recipes.recipe import Recipe, layer

NOTEBOOK_STACK = {
    **plain.NOTEBOOK_STACK,
    # TF1's l2_regularizer(1e-4) is Σw²/2 times that.
    "kernel_regularizer": {"class_name": "L2", "config": {"l2": 5e-5}},
}


def _notebook(name, how, source, references, **settings):
    layers = ("layer_1_reconstruction", "layer_2_reconstruction", "test_mse")
    origins = ("printed, training batch", "printed, training batch", "printed")
    return Recipe(
        name=name,
        summary=f"784-300-150-300-784 ELU, one layer at a time, {how}",
        model="StackedAutoencoder",
        source=f"handson-ml chapter 15, one autoencoder at a time, {source}",
        references=tuple(zip(layers, references, origins, strict=False)),
        **{**plain.NOTEBOOK, "arguments": NOTEBOOK_STACK, **settings},
    )


def _deep(name, hidden_units, how, source, arguments=(), **settings):
    widths = "-".join(map(str, hidden_units))
    arguments = {
        "hidden_units": hidden_units,
        "activation": "sigmoid",
        **dict(arguments),
    }
    return Recipe(
        name=name,
        summary=f"784-{widths} {arguments['activation']}, {how}",
        model="StackedAutoencoder",
        arguments=arguments,
        data="mnist",
        validation=5_000,
        source=source,
        **settings,
    )


# Each layer reconstructs values in [0, 1]; denoising layers mask 25 % of them.
LAYERS = {"epochs": 15, "batch_size": 100, "cached": True, "validation": True}
DENOISING = {
    "class_name": "DenoisingAutoencoder",
    "config": {"corruption": layer("MaskingNoise", rate=0.25)},
}
MACHINES = {
    "learner": {"class_name": "RestrictedBoltzmannMachine", "config": {}},
    "tie_weights": True,
}
WHOLE = {
    "arguments": {"code_activation": "linear"},
    "epochs": 60,
    "decay": "cosine",
    "jit_compile": False,
    # Squared errors summed over 784 pixels: 3.00, and 13.87 for PCA.
    "references": (("test_mse", 3.00 / 784, "paper, 3.00 an image"),),
}
SUMMED = "SummedBinaryCrossentropy"
ALL_LABELS = {"counts": ("all",), "epochs": 30}

RECIPES = (
    _notebook(
        "greedy_mnist",
        "in phases of one training",
        "in one graph",
        (0.0074, 0.0025, 0.009791),
        pretraining={"epochs": 4},
        epochs=8,
    ),
    _notebook(
        "greedy_cached_mnist",
        "on cached activations",
        "with the hidden activations cached",
        (0.0078, 0.0021, 0.009779),
        pretraining={"epochs": 4, "batch_size": 150, "cached": True},
        epochs=0,
    ),
    _notebook(
        "greedy_graphs_mnist",
        "on cached activations, L2 penalty 5e-4",
        "in several graphs",
        (0.0192, 0.0044),
        arguments={
            **plain.NOTEBOOK_STACK,
            "kernel_regularizer": {"class_name": "L2", "config": {"l2": 2.5e-4}},
        },
        pretraining={"epochs": 4, "batch_size": 150, "cached": True},
        epochs=0,
    ),
    Recipe(
        name="greedy_digits",
        summary="64-32-12-32-64, one layer at a time, then all together",
        model="StackedAutoencoder",
        arguments={"hidden_units": (32, 12)},
        data="digits",
        epochs=100,
        batch_size=64,
        jit_compile=False,  # compiling takes longer than the training
        pretraining={"epochs": 30},
        source="as greedy_mnist, sized for 1,797 images",
    ),
    Recipe(
        name="notebook_classifier_mnist",
        summary="784-300-150-10 ELU, pretrained, 20,000 labels",
        model="StackedAutoencoder",
        arguments=NOTEBOOK_STACK,
        pretraining={"epochs": 4, "batch_size": 150, "cached": True},
        fine_tuning={
            "counts": (20_000,),
            "epochs": 4,
            "batch_size": 150,
            "learning_rate": 0.01,
        },
        # In the notebook: the first 20,000 labels, a constant rate, weight decay 5e-4.
        source="handson-ml chapter 15, classifier on the cached stack, nearly",
        references=(
            ("pretrained_error_20000", 0.0599, "printed accuracy .9401"),
            ("scratch_error_20000", 0.0506, "printed accuracy .9494"),
        ),
        **{**plain.NOTEBOOK, "epochs": 0},
    ),
    _deep(
        "stacked_three_mnist",
        (1000, 1000, 1000),
        "pretrained as plain autoencoders, fine-tuned",
        "Vincent et al. 2010, SAE-3",
        epochs=0,
        loss=SUMMED,
        pretraining=LAYERS,
        fine_tuning=ALL_LABELS,
        references=(("pretrained_error_55000", 0.0140, "paper, SAE-3"),),
    ),
    _deep(
        "stacked_denoising_mnist",
        (1000, 1000, 1000),
        "pretrained as denoising autoencoders, fine-tuned",
        "Vincent et al. 2010, SdAE-3",
        epochs=0,
        loss=SUMMED,
        jit_compile=False,  # as measured, before noise was drawn in advance
        pretraining={**LAYERS, "learner": DENOISING},
        fine_tuning=ALL_LABELS,
        references=(
            ("pretrained_error_55000", 0.0128, "paper, SdAE-3"),
            ("scratch_error_55000", 0.0165, "deeplearning.net, no pretraining"),
        ),
    ),
    _deep(
        "stacked_sparse_mnist",
        (200, 200),
        "pretrained as sparse autoencoders, fine-tuned",
        "UFLDL tutorial, stacked autoencoder exercise (ρ .1, β 3), without its decay "
        "of weights",
        epochs=0,
        loss="SummedSquaredError",
        pretraining={
            **LAYERS,
            "epochs": 40,
            "learner": {
                "class_name": "SparseAutoencoder",
                "config": {"sparsity": 6.0, "target_activation": 0.1},
            },
        },
        fine_tuning=ALL_LABELS,
        probes=("logistic",),
        references=(
            ("logistic_error", 0.081, "tutorial, softmax on the codes"),
            ("pretrained_error_55000", 0.024, "tutorial"),
        ),
    ),
    _deep(
        "deep_mnist",
        (1000, 500, 250, 30),
        "linear code, end to end without pretraining",
        "Hinton & Salakhutdinov 2006, without pretraining, and so with ELU",
        **{
            **WHOLE,
            "arguments": {
                **WHOLE["arguments"],
                "activation": "elu",
                "kernel_initializer": "he_normal",
            },
            "jit_compile": True,
        },
    ),
    _deep(
        "deep_sigmoid_mnist",
        (1000, 500, 250, 30),
        "linear code, end to end without pretraining",
        "Hinton & Salakhutdinov 2006, without pretraining",
        **WHOLE,
    ),
    _deep(
        "deep_rbm_mnist",
        (1000, 500, 250, 30),
        "linear code, pretrained by restricted Boltzmann machines",
        "Hinton & Salakhutdinov 2006",
        pretraining={**LAYERS, **MACHINES},
        **WHOLE,
    ),
    Recipe(
        name="boltzmann_mnist",
        summary="784-500 sigmoid, persistent contrastive divergence of 15 steps",
        model="RestrictedBoltzmannMachine",
        network="dense",
        network_arguments={
            "hidden_units": (500,),
            "activation": "sigmoid",
            "tie_weights": True,
        },
        arguments={"steps": 15, "chains": 100},
        data="mnist",
        validation=5_000,
        epochs=15,
        batch_size=100,
        optimizer="sgd",
        learning_rate=0.05,
        decay="cosine",
        jit_compile=False,
        source="Tieleman 2008, persistent chains",
    ),
    _deep(
        "deep_belief_mnist",
        (500, 500, 2000),
        "pretrained by restricted Boltzmann machines, fine-tuned",
        "Hinton, Osindero & Teh 2006, 784-500-500-2000; all layers fine-tuned",
        epochs=0,
        jit_compile=False,
        pretraining={**LAYERS, **MACHINES},
        fine_tuning=ALL_LABELS,
        references=(
            ("pretrained_error_55000", 0.0134, "deeplearning.net, DBN"),
            ("scratch_error_55000", 0.016, "paper, random beginning"),
        ),
    ),
)
