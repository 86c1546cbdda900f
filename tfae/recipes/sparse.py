"""Autoencoders regularized by a penalty on the mean activation of their units."""

from tfae.recipes import plain
from tfae.recipes.recipe import Recipe


def _sparse(name, target, source, references=()):
    return Recipe(
        name=name,
        summary=f"784-1000-784 sigmoid, Kullback-Leibler penalty, target {target}",
        model="SparseAutoencoder",
        network="dense",
        network_arguments={
            "hidden_units": (1000,),
            "activation": "sigmoid",
            "output_activation": "linear",
        },
        arguments={"sparsity": 0.2, "target_activation": target},
        source=source,
        references=references,
        probes=("sparsity",),
        **{**plain.NOTEBOOK, "epochs": 100, "batch_size": 1000},
    )


RECIPES = (
    _sparse(
        "sparse_mnist",
        0.1,
        "handson-ml chapter 15, sparse",
        (("test_mse", 0.0245, "printed, target .1, last training batch"),),
    ),
    _sparse("sparser_mnist", 0.05, "as sparse_mnist, with half its target"),
    Recipe(
        name="sparse_ufldl_mnist",
        summary="784-196-784 sigmoid, Kullback-Leibler penalty, weight decay",
        model="SparseAutoencoder",
        network="dense",
        network_arguments={
            "hidden_units": (196,),
            "activation": "sigmoid",
            # Twice the tutorial's loss, which uses half squared errors: λ/2, and β
            # below.
            "kernel_regularizer": {"class_name": "L2", "config": {"l2": 3e-3}},
        },
        arguments={"sparsity": 6.0, "target_activation": 0.1},
        data="mnist",
        validation=5_000,
        epochs=40,
        batch_size=500,
        loss="SummedSquaredError",
        source="UFLDL tutorial, vectorization exercise (λ 3e-3, β 3, ρ .1)",
        probes=("linear_svm", "logistic", "sparsity"),
    ),
)
