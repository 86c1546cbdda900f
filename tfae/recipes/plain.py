"""Plain autoencoders: narrow, wide, linear, stacked, tied, regularized by weights."""

from tfae.recipes.recipe import Recipe, layer

# TF1's Adam; Keras' own default is 1e-7.
TF1_EPSILON = {"epsilon": 1e-8}

# PyTorch's initialization of linear layers: uniform in ±1/√n for n inputs.
PYTORCH = {
    "kernel_initializer": layer(
        "VarianceScaling", scale=1 / 3, mode="fan_in", distribution="uniform"
    ),
    "bias_initializer": "fan_in",
}

# Training settings of the notebook of handson-ml, chapter 15, and two hidden layers.
NOTEBOOK = {
    "data": "mnist",
    "validation": 5_000,
    "epochs": 5,
    "batch_size": 150,
    "learning_rate": 0.01,
    "optimizer_arguments": TF1_EPSILON,
}
NOTEBOOK_STACK = {
    "hidden_units": (300, 150),
    "activation": "elu",
    "output_activation": "linear",
    "kernel_initializer": "he_normal",
}

# Common settings of the runners of tensorflow/models' research/autoencoder.
TF_MODELS = {
    "model": "Autoencoder",
    "network": "dense",
    "network_arguments": {
        "hidden_units": (200,),
        "activation": "softplus",
        "output_activation": "softplus",
    },
    "data": "mnist",
    "scaling": "standard",
    "validation": 5_000,
    "epochs": 20,
    "optimizer_arguments": TF1_EPSILON,
    "loss": "SummedSquaredError",
}

NARROW = {
    "network": "dense",
    "network_arguments": {
        "hidden_units": (2000, 1000, 30),
        "activation": "relu",
        "code_activation": "linear",
    },
    "data": "mnist",
    "validation": 5_000,
    "epochs": 20,
    "decay": "cosine",
    "loss": "SummedBinaryCrossentropy",
}

RECIPES = (
    Recipe(
        name="leaky_relu_mnist",
        summary="784-256-128-64 leaky-ReLU stacked autoencoder, the flagship port",
        model="StackedAutoencoder",
        arguments={"hidden_units": (256, 128, 64)},
        data="mnist",
        validation=10_000,
        shuffle=False,
        optimizer_arguments=TF1_EPSILON,
        source="TF1 script AE_train.py",
        references=(("valid_mse", 0.00566, "TF1 script"),),
    ),
    Recipe(
        name="leaky_relu_digits",
        summary="the flagship on the 8×8 digits of scikit-learn, for the demo",
        model="StackedAutoencoder",
        arguments={"hidden_units": (256, 128, 12)},
        data="digits",
        epochs=150,
        batch_size=64,
        decay="cosine",
        optimizer_arguments=TF1_EPSILON,
        source="as leaky_relu_mnist, but shuffled, and sized for 1,797 images",
        space={
            "learning_rate": {"low": 3e-4, "high": 1e-2},
            "hidden_units": [[64, 12], [256, 12], [256, 128, 12], [512, 128, 12]],
            "batch_size": [32, 64, 128],
        },
    ),
    Recipe(
        name="linear_pca_mnist",
        summary="linear 784-32-784: spans the subspace of PCA",
        model="Autoencoder",
        network="dense",
        network_arguments={
            "hidden_units": (32,),
            "activation": "linear",
            "output_activation": "linear",
        },
        data="mnist",
        validation=5_000,
        epochs=60,
        batch_size=500,
        learning_rate=2e-3,
        decay="cosine",
        source="Baldi & Hornik 1989",
        references=(("test_mse", 0.016828, "scikit-learn PCA-32"),),
        angle_to_pca=True,
    ),
    Recipe(
        name="linear_pca_points",
        summary="linear 3-2-3, on points near a plane",
        model="Autoencoder",
        network="dense",
        network_arguments={
            "hidden_units": (2,),
            "activation": "linear",
            "output_activation": "linear",
        },
        scaling="standard",
        angle_to_pca=True,
        source="handson-ml chapter 15, PCA with a linear autoencoder",
        **{
            **NOTEBOOK,
            "data": "points",
            "validation": 10,
            "batch_size": 90,
            "epochs": 1,
            "passes": 1000,  # of one step
        },
    ),
    Recipe(
        name="softplus_mnist",
        summary="784-200-784 softplus, outputs too, on standardized pixels",
        **TF_MODELS,
        source="tensorflow/models research/autoencoder, Autoencoder",
    ),
    Recipe(
        name="undercomplete_mnist",
        summary="784-32-784, one leaky-ReLU code layer narrower than the input",
        model="Autoencoder",
        network="dense",
        network_arguments={"hidden_units": (32,)},
        data="mnist",
        validation=5_000,
        epochs=20,
        source="Goodfellow, Bengio & Courville 2016, section 14.1",
    ),
    Recipe(
        name="narrow_mnist",
        summary="784-2000-1000-30 ReLU, a linear code for retrieval",
        **NARROW,
        model="Autoencoder",
        source="image retrieval by codes, as Krizhevsky & Hinton 2011",
    ),
    Recipe(
        name="narrow_masked_mnist",
        summary="784-2000-1000-30 ReLU, linear code, half of the pixels dropped, noise",
        **NARROW,
        model="DenoisingAutoencoder",
        # Dropout masks and rescales, so that sums of inputs match inference.
        arguments={
            "corruption": (
                layer("Dropout", rate=0.5),
                layer("GaussianNoise", stddev=0.5),
            )
        },
        source="as narrow_mnist, with the masking and Gaussian noise of Vincent et al. "
        "2010",
    ),
    Recipe(
        name="overcomplete_mnist",
        summary="784-1024-784, a code wider than the input, stopped early",
        model="Autoencoder",
        network="dense",
        network_arguments={"hidden_units": (1024,)},
        data="mnist",
        validation=5_000,
        epochs=60,
        patience=3,
        source="Goodfellow, Bengio & Courville 2016, section 7.8, early stopping",
    ),
    Recipe(
        name="regularized_mnist",
        summary="784-256-128-64 with L1 and L2 weight penalties and dropout",
        model="StackedAutoencoder",
        arguments={
            "hidden_units": (256, 128, 64),
            "kernel_regularizer": {
                "class_name": "L1L2",
                "config": {"l1": 1e-7, "l2": 1e-6},
            },
            "dropout": 0.05,
        },
        data="mnist",
        validation=10_000,
        epochs=20,
        jit_compile=False,  # XLA draws random numbers slowly on a CPU
        source="Goodfellow, Bengio & Courville 2016, sections 7.1 and 7.12",
    ),
    Recipe(
        name="stacked_mnist",
        summary="784-300-150-300-784 ELU, linear output, L2",
        model="StackedAutoencoder",
        arguments={
            **NOTEBOOK_STACK,
            # The notebook's l2_regularizer(1e-4) is half the sum of squares.
            "kernel_regularizer": {"class_name": "L2", "config": {"l2": 5e-5}},
        },
        **NOTEBOOK,
        source="handson-ml chapter 15, stacked",
        references=(("test_mse", 0.01037, "printed, last training batch"),),
    ),
    Recipe(
        name="tied_mnist",
        summary="784-300-150-300-784 ELU with tied weights, L2",
        model="StackedAutoencoder",
        arguments={
            **NOTEBOOK_STACK,
            "kernel_regularizer": {"class_name": "L2", "config": {"l2": 2.5e-4}},
            "tie_weights": True,
        },
        **NOTEBOOK,
        source="handson-ml chapter 15, tying weights",
        references=(("test_mse", 0.01715, "TF1 checkpoint of a user"),),
    ),
    Recipe(
        name="code3d_mnist",
        summary="784-128-64-12-3 tanh, a code in three dimensions",
        model="StackedAutoencoder",
        arguments={
            "hidden_units": (128, 64, 12, 3),
            "activation": "tanh",
            "code_activation": "linear",
            **PYTORCH,
        },
        data="mnist",
        validation=0,
        epochs=10,
        batch_size=64,
        learning_rate=0.005,
        optimizer_arguments=TF1_EPSILON,  # PyTorch's, too
        source="a PyTorch tutorial of stacked autoencoders",
        references=(("test_mse", 0.040, "printed .037–.043, training batches"),),
    ),
)
