"""Autoregressive models of pixels."""

from tfae.recipes.recipe import Recipe

PAPER = "van den Oord et al. 2016"


def _pixels(name, summary, model, **settings):
    settings = {
        "data": "mnist",
        "validation": 5_000,
        "binarize": "fixed",
        "keep_shape": True,
        "loss": None,
        "epochs": 6,
        "batch_size": 64,
        "learning_rate": 2e-3,
        "decay": "cosine",
        "jit_compile": False,  # no faster on a CPU, after minutes of compiling
        **settings,
    }
    return Recipe(name=name, summary=summary, model=model, **settings)


def _quick(name, summary, like, model, **settings):
    return _pixels(
        f"{name}_digits",
        f"{summary}, on the 8×8 digits",
        model,
        source=f"as {like}, sized for 1,797 images",
        data="digits",
        validation=None,
        epochs=30,
        learning_rate=1e-2,
        **settings,
    )


RECIPES = (
    _pixels(
        "pixel_cnn_mnist",
        "25×25 masked, 4 gated blocks of 32 channels, dilated by 1, 2, 4, 8",
        "PixelCNN",
        source=f"{PAPER}, whose binary MNIST is another draw of the grey values",
        arguments={"kernel_size": 25},
        references=(("test_nll", 81.30, "paper, PixelCNN"),),
    ),
    _pixels(
        "pixel_rnn_mnist",
        "7×7 masked, 2 row LSTMs of 16 units",
        "PixelRNN",
        source=f"{PAPER}, whose binary MNIST is another draw of the grey values",
        epochs=8,
        references=(
            ("test_nll", 80.54, "paper, 7 row LSTMs"),
            ("test_nll", 79.20, "paper, 7 diagonal BiLSTMs"),
        ),
    ),
    _quick(
        "pixel_cnn",
        "7×7 masked, 3 gated blocks of 16 channels, dilated by 1, 2, 4",
        "pixel_cnn_mnist",
        "PixelCNN",
        arguments={"filters": 16, "dilations": [1, 2, 4]},
    ),
    _quick(
        "pixel_cnn_levels",
        "7×7 masked, 3 gated blocks of 16 channels, softmax over 17 greys",
        "pixel_cnn_mnist",
        "PixelCNN",
        arguments={"filters": 16, "dilations": [1, 2, 4], "levels": 17},
        binarize=None,
    ),
    _quick(
        "pixel_rnn",
        "7×7 masked, a row LSTM of 16 units",
        "pixel_rnn_mnist",
        "PixelRNN",
        arguments={"layers": 1},
    ),
    _quick(
        "pixel_rnn_diagonal",
        "7×7 masked, a diagonal BiLSTM of 16 units",
        "pixel_rnn_mnist",
        "PixelRNN",
        arguments={"layers": 1, "kind": "diagonal"},
    ),
)
