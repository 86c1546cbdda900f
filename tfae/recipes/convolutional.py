"""Convolutional autoencoders of images."""

from tfae.recipes.recipe import Recipe, layer

# Two levels down to 7 × 7 maps, and a code of 64 numbers, as in the dense flagship.
NETWORK = {
    "filters": (16, 32),
    "latent_dim": 64,
    "code_activation": "linear",
    # A sigmoid learns the black margins first, and the digits late.
    "output_activation": "linear",
}
SMALL = {**NETWORK, "filters": (8, 16), "latent_dim": 16}
FLAGSHIP = (("test_mse", 0.0054, "leaky_relu_mnist, dense, as many codes"),)
SPATIAL = layer("LifetimeSparsity", rate=0.2, spatial=True)


def _convolutional(name, summary, source, model="Autoencoder", **settings):
    settings = {
        "network": "convolutional",
        "data": "mnist",
        "validation": 5_000,
        "keep_shape": True,
        "jit_compile": False,  # slower for convolutions on a CPU
        **settings,
    }
    return Recipe(name=name, summary=summary, model=model, source=source, **settings)


def _form(variant, summary, **network):
    return _convolutional(
        f"convolutional{variant}_mnist",
        f"28×28-16-32-64 ReLU, {summary}",
        "unpooling and transposed convolutions, as Zeiler & Fergus 2014",
        network_arguments={**NETWORK, **network},
        epochs=20,
        decay="cosine",
        references=FLAGSHIP,
    )


def _quick(variant, summary, like, model="Autoencoder", **settings):
    return _convolutional(
        f"{variant}_digits",
        f"{summary}, on the 8×8 digits",
        f"as {like}, sized for 1,797 images",
        model,
        data="digits",
        validation=None,
        batch_size=64,
        **{"epochs": 30, "learning_rate": 3e-3, **settings},
    )


RECIPES = (
    _form("", "strides and transposed convolutions"),
    _form("_transposed", "max pooling, transposed", downsampling="max_pool"),
    _form(
        "_nearest",
        "max pooling and nearest-neighbour upsampling",
        downsampling="max_pool",
        upsampling="nearest",
    ),
    _form(
        "_switches",
        "max pooling and unpooling by its 4,704 switches",
        downsampling="switches",
    ),
    _form(
        "_separable",
        "depthwise convolutions followed by 1×1 ones",
        separable="full",
    ),
    _convolutional(
        "convolutional_fashion_mnist",
        "28×28-16-32-64 ReLU, strides and transposed convolutions",
        "as convolutional_mnist",
        network_arguments=NETWORK,
        data="fashion_mnist",
        epochs=20,
        decay="cosine",
    ),
    _convolutional(
        "convolutional_denoising_mnist",
        "28×28-16-32-64 ReLU, inputs with Gaussian noise of σ .5",
        "Keras' example convolutional_autoencoder, for the noise",
        model="DenoisingAutoencoder",
        network_arguments=NETWORK,
        arguments={"corruption": layer("GaussianNoise", stddev=0.5)},
        epochs=20,
        decay="cosine",
    ),
    _convolutional(
        "convolutional_variational_mnist",
        "28×28-32-64-16-2 ReLU, transposed convolutions in the decoder",
        "Keras' example variational_autoencoder, which trains on all 70,000 images",
        model="VariationalAutoencoder",
        network="convolutional_variational",
        network_arguments={
            "filters": (32, 64),
            "hidden_units": (16,),
            "decoder_units": (),
            "latent_dim": 2,
            "output_kernel_size": 3,
        },
        # Otherwise the second code is learned late, or never, at this rate.
        arguments={"warm_up_steps": 1_000},
        validation=1_000,
        loss=None,
        epochs=30,
        batch_size=64,
        learning_rate=2e-3,
        decay="cosine",
        references=(("test_loss", 146.95, "Keras' example, of its training images"),),
    ),
    _convolutional(
        "convolutional_quantized_mnist",
        "28×28-32-64 ReLU, 7×7 vectors from a codebook of 256",
        "van den Oord et al. 2017, with moving averages, k-means and replacement",
        model="VQVAE",
        network="convolutional_quantized",
        network_arguments={
            "filters": (32, 64),
            "code_dim": 16,
            "output_activation": "linear",
        },
        arguments={
            "quantizer": layer(
                "VectorQuantizer",
                num_codes=256,
                moving_average=0.99,
                start="kmeans",
                replace_below=1.0,
            ),
            "prior": {},
        },
        epochs=20,
        prior={"epochs": 10, "batch_size": 64},
    ),
    _convolutional(
        "convolutional_stacked_mnist",
        "28×28-32-64 tanh, max pooling with switches, tied, one stage at a time",
        "Masci et al. 2011, of fewer maps",
        model="ConvolutionalStackedAutoencoder",
        network=None,
        arguments={"filters": (32, 64)},
        pretraining={"epochs": 2},
        epochs=5,
        fine_tuning={"counts": (1000,), "epochs": 50},
        references=(
            ("pretrained_error_1000", 0.0723, "paper, 100-150-200 maps"),
            ("scratch_error_1000", 0.0763, "paper, 100-150-200 maps"),
        ),
    ),
    _convolutional(
        "convolutional_winner_take_all_mnist",
        "28×28-16-16 ReLU 5×5, one winner per map in 20 % of the batch, 11×11 decoder",
        "Makhzani & Frey 2015, CONV-WTA of 16 maps",
        model="WinnerTakeAllAutoencoder",
        network="feature_maps",
        network_arguments={"filters": (16, 16)},
        arguments={"winners": SPATIAL},
        epochs=2,  # more epochs make its maps less discriminative
        batch_size=100,
        jit_compile=True,  # twice as fast for its wide kernels
        probes=("pooled_svm",),
        references=(("pooled_svm_error", 0.0102, "paper, 16 maps"),),
    ),
    _quick(
        "convolutional",
        "8×8-8-16-16 ReLU, strides and transposed convolutions",
        "convolutional_mnist",
        network_arguments=SMALL,
    ),
    _quick(
        "convolutional_switches",
        "8×8-8-16-16 ReLU, max pooling and unpooling by its switches",
        "convolutional_switches_mnist",
        network_arguments={**SMALL, "downsampling": "switches"},
    ),
    _quick(
        "residual",
        "8×8-8-16-16 ReLU, a residual block per level",
        "convolutional_mnist",
        network="residual",
        network_arguments={**SMALL, "blocks": 1},
    ),
    _quick(
        "convolutional_variational",
        "8×8-8-16-2 ReLU, transposed convolutions in the decoder",
        "convolutional_variational_mnist",
        model="VariationalAutoencoder",
        network="convolutional_variational",
        network_arguments={"filters": (8, 16), "latent_dim": 2},
        loss=None,
    ),
    _quick(
        "convolutional_quantized",
        "8×8-8-16 ReLU, 2×2 vectors, finite scalar quantization",
        "convolutional_quantized_mnist",
        model="VQVAE",
        network="convolutional_quantized",
        network_arguments={
            "filters": (8, 16),
            "code_dim": 3,
            "output_activation": "linear",
        },
        arguments={
            "quantizer": layer("FiniteScalarQuantizer", levels=[5, 5, 5]),
            "prior": {"filters": 16, "dilations": [1, 2]},
        },
        prior={"epochs": 20, "batch_size": 64},
    ),
    _quick(
        "convolutional_stacked",
        "8×8-8-16 tanh, max pooling with switches, tied, one stage at a time",
        "convolutional_stacked_mnist",
        model="ConvolutionalStackedAutoencoder",
        network=None,
        arguments={"filters": (8, 16), "kernel_size": 3},
        pretraining={"epochs": 5},
    ),
    _quick(
        "convolutional_winner_take_all",
        "8×8-8-8 ReLU 3×3, one winner per map in 20 % of the batch, 5×5 decoder",
        "convolutional_winner_take_all_mnist",
        model="WinnerTakeAllAutoencoder",
        network="feature_maps",
        network_arguments={
            "filters": (8, 8),
            "kernel_size": 3,
            "output_kernel_size": 5,
        },
        arguments={"winners": SPATIAL},
    ),
)
