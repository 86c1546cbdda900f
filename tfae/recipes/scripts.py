"""Twins of TF1 scripts from well-known tutorials and repositories."""

from tfae.recipes import plain
from tfae.recipes.recipe import Recipe, layer

EXAMPLES = "TensorFlow-Examples"
# TF1's, whose mean squares begin at one.
RMSPROP = "tfae>TF1RMSprop"


def _normal(deviation):
    return layer("RandomNormal", stddev=deviation)


def _scaled(scale, distribution):
    """An initializer of variance `scale` / n for the n inputs of a unit."""
    return layer(
        "VarianceScaling", scale=scale, mode="fan_in", distribution=distribution
    )


def _script(name, summary, source, **settings):
    return Recipe(
        name=f"{name}_mnist",
        summary=summary,
        source=source,
        **{"data": "mnist", "validation": 5_000, **settings},
    )


RECIPES = (
    _script(
        "sigmoid_normal",
        "784-256-128-256-784 sigmoid, initial weights and biases from N(0, 1)",
        f"{EXAMPLES}, autoencoder",
        model="Autoencoder",
        network="dense",
        network_arguments={
            "hidden_units": (256, 128),
            "activation": "sigmoid",
            "kernel_initializer": _normal(1.0),
            "bias_initializer": _normal(1.0),
        },
        optimizer=RMSPROP,
        learning_rate=0.01,
        batch_size=256,
        epochs=140,
    ),
    _script(
        "variational_tanh",
        "784-512-2 tanh, Bernoulli likelihood with 1e-10 in its logarithms",
        f"{EXAMPLES}, variational autoencoder",
        model="VariationalAutoencoder",
        network="variational",
        network_arguments={
            "hidden_units": (512,),
            "latent_dim": 2,
            "activation": "tanh",
            "output_activation": "sigmoid",
            "kernel_initializer": _scaled(2.0, "untruncated_normal"),
            # For a bias, n is its own length, as in the script.
            "bias_initializer": _scaled(2.0, "untruncated_normal"),
        },
        arguments={
            "likelihood": layer("Bernoulli", from_logits=False, epsilon=1e-10),
        },
        loss=None,
        optimizer=RMSPROP,
        batch_size=64,
        epochs=35,
    ),
    _script(
        "convolutional_tied",
        "28×28-10-10-10 leaky ReLU, strides, kernels shared with the decoder",
        "pkmital's tensorflow_tutorials, convolutional autoencoder, of images as they "
        "are",
        model="Autoencoder",
        network="convolutional",
        network_arguments={
            "filters": (10, 10, 10),
            "activation": "leaky_relu",
            "output_activation": "leaky_relu",
            "tie_weights": True,
            # Uniform in ±1/√c for c channels, where a unit has 9 c inputs.
            "kernel_initializer": _scaled(3.0, "uniform"),
        },
        keep_shape=True,
        loss="SummedSquaredError",
        optimizer_arguments=plain.TF1_EPSILON,
        learning_rate=0.01,
        batch_size=100,
        jit_compile=False,  # slower for convolutions on a CPU
    ),
    _script(
        "convolutional_resized",
        "28×28-16-8-8 ReLU, max pooling to 4×4×8, nearest-neighbour resizing",
        "Udacity's deep-learning, convolutional autoencoder",
        model="Autoencoder",
        network="convolutional",
        network_arguments={
            "filters": (16, 8, 8),
            "downsampling": "max_pool",
            "upsampling": "nearest",
            "output_kernel_size": 3,
            "plain_decoder": True,
        },
        keep_shape=True,
        loss="binary_crossentropy",
        optimizer_arguments=plain.TF1_EPSILON,
        batch_size=200,
        epochs=20,
        jit_compile=False,
    ),
    _script(
        "boltzmann_single",
        "784-500 sigmoid, contrastive divergence of one step",
        "TF1 scripts of CD-1 by assignments, without momentum",
        model="RestrictedBoltzmannMachine",
        network="dense",
        network_arguments={
            "hidden_units": (500,),
            "activation": "sigmoid",
            "tie_weights": True,
            "kernel_initializer": _normal(0.01),
        },
        optimizer="sgd",
        learning_rate=0.1,
        batch_size=100,
        epochs=15,
        jit_compile=False,
    ),
    _script(
        "adversarial_turns",
        "784-256-128-2 ReLU, codes matched to N(0, I), three optimizers in turn",
        "TF1 scripts of adversarial autoencoders with a `var_list` for each part",
        model="AdversarialAutoencoder",
        network="dense",
        network_arguments={
            "hidden_units": (256, 128, 2),
            "activation": "relu",
            "code_activation": "linear",
        },
        arguments={"discriminator": (256, 128)},
        optimizer_arguments=plain.TF1_EPSILON,
        batch_size=100,
        epochs=50,
    ),
)
