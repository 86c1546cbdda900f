"""The variants on the 8×8 digits of scikit-learn, which train in seconds."""

from tfae.recipes.recipe import Recipe, layer


def _quick(variant, model, summary, like, activation="sigmoid", **options):
    return Recipe(
        name=f"{variant}_digits",
        summary=f"64-100-64 {activation}, {summary}, on the 8×8 digits",
        model=model,
        network="dense",
        network_arguments={
            "hidden_units": (100,),
            "activation": activation,
            "tie_weights": options.pop("tie_weights", False),
            **options.pop("network_arguments", {}),
        },
        data="digits",
        epochs=100,
        batch_size=64,
        jit_compile=False,  # which would take longer than the training
        source=f"as {like}, sized for 1,797 images",
        probes=("logistic", "jacobian", "sparsity"),
        space={
            "learning_rate": {"low": 3e-4, "high": 3e-2},
            "hidden_units": [[50], [100], [200]],
            **options.pop("space", {}),
        },
        **options,
    )


RECIPES = (
    _quick(
        "boltzmann",
        "RestrictedBoltzmannMachine",
        "contrastive divergence",
        "the first layer of deep_belief_mnist",
        tie_weights=True,
    ),
    _quick(
        "sparse",
        "SparseAutoencoder",
        "Kullback-Leibler penalty, target .1, weight decay",
        "sparse_ufldl_mnist",
        arguments={"sparsity": 1.0},
        space={"sparsity": {"low": 0.1, "high": 10.0}},
        # Keeps the weights of rarely active units small: strokes instead of noise.
        network_arguments={
            "kernel_regularizer": {"class_name": "L2", "config": {"l2": 5e-4}}
        },
        loss="SummedSquaredError",
        learning_rate=1e-2,
        decay="cosine",
    ),
    _quick(
        "denoising",
        "DenoisingAutoencoder",
        "Gaussian noise of σ .3",
        "denoising_gaussian_mnist",
        activation="relu",
        arguments={"corruption": layer("GaussianNoise", stddev=0.3)},
    ),
    _quick(
        "contractive",
        "ContractiveAutoencoder",
        "contractive penalty",
        "contractive_mnist",
        tie_weights=True,
        arguments={"contraction": 0.1},
        space={"contraction": {"low": 0.01, "high": 1.0}},
        loss="SummedBinaryCrossentropy",
    ),
    _quick(
        "winner_take_all",
        "WinnerTakeAllAutoencoder",
        "each unit active on 20 % of the batch",
        "winner_take_all_mnist",
        activation="relu",
        arguments={"winners": layer("LifetimeSparsity", rate=0.2)},
    ),
    _quick(
        "k_sparse",
        "WinnerTakeAllAutoencoder",
        "the 10 largest units of each example",
        "k_sparse_25_mnist",
        activation="linear",
        tie_weights=True,
        arguments={"winners": layer("KSparse", k=10)},
    ),
    Recipe(
        name="marginalized_digits",
        summary="64-64-64, two linear denoisers in closed form, on the 8×8 digits",
        model="MarginalizedDenoisingAutoencoder",
        arguments={"depth": 2, "rate": 0.5, "regularization": 1e-5},
        data="digits",
        epochs=3,  # a pass for each layer, and one for the decoder
        batch_size=64,
        jit_compile=False,  # a few products: not worth compiling
        source="as marginalized_mnist, sized for 1,797 images",
        probes=("logistic",),
    ),
    _quick(
        "marginalized_nonlinear",
        "NonlinearMarginalizedDenoisingAutoencoder",
        "expected loss of 25 % masking",
        "marginalized_nonlinear_mnist",
        tie_weights=True,
        arguments={"noise": "masking", "level": 0.25},
        loss="SummedBinaryCrossentropy",
    ),
)
