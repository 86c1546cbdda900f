"""Chains, scores and hard inputs."""

from tfae.recipes.recipe import Recipe

TIED = {"tie_weights": True, "activation": "tanh"}
SMOOTH = {
    "hidden_units": (128,),
    "activation": "softplus",
    "output_activation": "linear",
}
LEVELS = [1.0, 0.65, 0.42, 0.28, 0.18, 0.12, 0.08, 0.05]


def _generative(name, summary, model, source, **settings):
    settings = {"data": "mnist", "validation": 5_000, "network": "dense", **settings}
    return Recipe(name=name, summary=summary, model=model, source=source, **settings)


def _quick(name, summary, like, model, **settings):
    return _generative(
        f"{name}_digits",
        f"{summary}, on the 8×8 digits",
        model,
        f"as {like}, sized for 1,797 images",
        **{
            "data": "digits",
            "validation": None,
            "batch_size": 64,
            "epochs": 60,
            "learning_rate": 3e-3,
            **settings,
        },
    )


RECIPES = (
    _generative(
        "generative_stochastic_mnist",
        "784-1500 tanh, tied, two steps back",
        "GenerativeStochasticNetwork",
        "Bengio et al. 2014, section 4.2, of one hidden layer",
        network_arguments={"hidden_units": (1500,), **TIED},
        arguments={"hidden_noise": 1.0},
        loss="SummedBinaryCrossentropy",
        epochs=20,
        learning_rate=1e-2,  # 1e-3 stays at the mean image for several epochs
        decay="cosine",
        jit_compile=False,  # XLA's random numbers would fill the memory
    ),
    _generative(
        "generative_stochastic_deep_mnist",
        "784-1500-1500 tanh, tied, four steps back",
        "GenerativeStochasticNetwork",
        "Bengio et al. 2014, section 4.2",
        network_arguments={"hidden_units": (1500, 1500), **TIED},
        loss="SummedBinaryCrossentropy",
        epochs=20,
        learning_rate=1e-2,
        decay="cosine",
        jit_compile=False,
    ),
    _generative(
        "score_matching_mnist",
        "784-1000-1000-1000 ReLU, eight levels of noise",
        "ScoreMatchingAutoencoder",
        "Vincent 2011, of several levels of noise as Song & Ermon 2019",
        network_arguments={
            "hidden_units": (1000, 1000, 1000),
            "output_activation": "linear",
        },
        arguments={"noise_levels": LEVELS},
        loss=None,
        epochs=20,
        decay="cosine",
    ),
    _generative(
        "hard_input_mnist",
        "784-256-64 ReLU, of inputs that a network perturbs",
        "HardInputAutoencoder",
        "seed 004, the second network that looks for what the first cannot rebuild",
        network_arguments={"hidden_units": (256, 64), "code_activation": "linear"},
        arguments={"bound": 2.0, "hard_weight": 0.5, "ascents": 3},
        epochs=20,
        decay="cosine",
    ),
    _quick(
        "generative_stochastic",
        "64-100 tanh, tied, three steps back",
        "generative_stochastic_mnist",
        "GenerativeStochasticNetwork",
        network_arguments={"hidden_units": (100,), **TIED},
        arguments={"corruption": 0.3, "hidden_noise": 0.5, "steps": 3},
        loss="SummedBinaryCrossentropy",
    ),
    _quick(
        "generative_stochastic_deep",
        "64-100-100 tanh, tied, four steps back",
        "generative_stochastic_deep_mnist",
        "GenerativeStochasticNetwork",
        network_arguments={"hidden_units": (100, 100), **TIED},
        arguments={"corruption": 0.3, "hidden_noise": 1.0},
        loss="SummedBinaryCrossentropy",
    ),
    _quick(
        "score_matching",
        "64-256-256-256 ReLU, eight levels of noise",
        "score_matching_mnist",
        "ScoreMatchingAutoencoder",
        network_arguments={
            "hidden_units": (256, 256, 256),
            "output_activation": "linear",
        },
        arguments={"noise_levels": LEVELS},
        loss=None,
        learning_rate=1e-3,
    ),
    _quick(
        "score_matching_sliced",
        "64-128 softplus, slices of the data's own score",
        "score_matching_mnist",
        "ScoreMatchingAutoencoder",
        network_arguments=SMOOTH,
        arguments={"method": "sliced"},
        loss=None,
    ),
    _quick(
        "score_matching_explicit",
        "64-128 softplus, the exact trace",
        "score_matching_mnist",
        "ScoreMatchingAutoencoder",
        network_arguments=SMOOTH,
        arguments={"method": "explicit"},
        loss=None,
        epochs=20,
    ),
    _quick(
        "hard_input",
        "64-64-16 ReLU, of inputs that a network perturbs",
        "hard_input_mnist",
        "HardInputAutoencoder",
        network_arguments={"hidden_units": (64, 16), "code_activation": "linear"},
        arguments={"hard_weight": 0.3, "adversary_units": [128], "ascents": 3},
    ),
    _quick(
        "hard_input_generator",
        "64-64-16 ReLU, of inputs that a network makes up",
        "hard_input_mnist",
        "HardInputAutoencoder",
        network_arguments={"hidden_units": (64, 16), "code_activation": "linear"},
        arguments={"adversary": "generator", "adversary_units": [128]},
    ),
)
