"""Detectors of anomalies: trained on normal examples, with a calibrated threshold."""

import dataclasses

from tfae.recipes.recipe import Recipe, layer

TABLE = Recipe(
    name="detector_table",
    summary="64-32-64 tanh, denoising, your own table",
    model="DenoisingAutoencoder",
    arguments={"corruption": layer("GaussianNoise", stddev=0.5)},
    network="dense",
    network_arguments={
        "hidden_units": (64, 32),
        "activation": "tanh",
        "code_activation": "linear",
        "output_activation": "linear",
    },
    scaling="standard",
    epochs=20,
    passes=5,
    batch_size=64,
    learning_rate=1e-2,
    decay="cosine",
    jit_compile=False,
    detection={
        "score": "reconstruction",
        "feature_weights": "residuals",
        "false_alarm_rate": 0.05,
    },
    source="Hawkins et al. 2002, replicator neural networks",
    space={
        "learning_rate": {"low": 1e-3, "high": 3e-2},
        "hidden_units": [[32, 8], [64, 16], [64, 32], [128, 32]],
        "scaling": ["standard", "minmax"],
    },
)


def _embedded(data, validation, **options):
    return dataclasses.replace(
        TABLE,
        name=f"detector_{data}",
        summary=options.pop("summary"),
        data=data,
        validation=validation,
        **options,
    )


FAULTS = Recipe(
    name="detector_faults",
    summary="1-D convolutions, 16 codes per window of 32 steps, sensors",
    model="Autoencoder",
    network="sequence",
    network_arguments={
        "kind": "convolution",
        "units": (32, 32),
        "latent_dim": 16,
    },
    data="faults",
    reading={"window": 32, "stride": 8},
    keep_shape=True,
    scaling="standard",
    epochs=60,
    batch_size=32,
    jit_compile=False,
    detection={"score": "reconstruction", "false_alarm_rate": 0.05},
    source="Malhotra et al. 2016, with convolutions",
)

RECIPES = (
    TABLE,
    _embedded(
        "breast_cancer",
        100,
        summary="malignant tumours among benign ones, by 30 measures",
    ),
    _embedded("wine", 40, summary="one cultivar among two others"),
    _embedded(
        "digit_8",
        300,
        summary="64-32-12 relu, the digit 8 among the others, 8×8 pixels",
        arguments={"corruption": layer("GaussianNoise", stddev=0.1)},
        network_arguments={
            **TABLE.network_arguments,
            "hidden_units": (64, 32, 12),
            "activation": "relu",
        },
        scaling=None,
        learning_rate=1e-3,
        decay=None,
        detection={"score": "reconstruction", "false_alarm_rate": 0.05},
    ),
    FAULTS,
    dataclasses.replace(
        FAULTS,
        name="detector_series",
        summary="1-D convolutions, 16 codes per window, your own series",
        data=None,
        reading=None,
    ),
    Recipe(
        name="detector_images",
        summary="16-32 ReLU convolutions, 32 codes per image, your own folder",
        model="Autoencoder",
        network="convolutional",
        network_arguments={
            "filters": (16, 32),
            "latent_dim": 32,
            "code_activation": "linear",
            "output_activation": "linear",
        },
        keep_shape=True,
        epochs=30,
        batch_size=64,
        learning_rate=3e-3,
        decay="cosine",
        jit_compile=False,
        detection={"score": "reconstruction", "false_alarm_rate": 0.05},
        source="Masci et al. 2011, as a detector",
    ),
)
