"""Detectors of anomalies: trained on normal examples, with a calibrated threshold."""

import dataclasses

from tfae.recipes.recipe import Recipe, layer

TABLE = Recipe(
    name="detector_table",
    summary="32-16-8-16-32 denoising autoencoder of the columns of a table",
    model="DenoisingAutoencoder",
    arguments={"corruption": layer("GaussianNoise", stddev=0.1)},
    network="dense",
    network_arguments={
        "hidden_units": (32, 16, 8),
        "activation": "relu",
        "code_activation": "linear",
        "output_activation": "linear",
    },
    scaling="standard",
    epochs=100,
    batch_size=64,
    jit_compile=False,
    detection={"score": "reconstruction", "false_alarm_rate": 0.05},
    source="an autoencoder's error as anomaly score: Hawkins et al. 2002, replicator "
    "neural networks; threshold by split-conformal calibration",
)


def _embedded(name, data, validation, **options):
    return dataclasses.replace(
        TABLE,
        name=f"detector_{name}",
        summary=options.pop("summary"),
        data=data,
        validation=validation,
        **options,
    )


SERIES = Recipe(
    name="detector_series",
    summary="1-D convolutions, 16 numbers a window of 32 steps, of sensors",
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
    source="windows of a series, split by time, as Malhotra et al. 2016 score them",
)

RECIPES = (
    TABLE,
    _embedded(
        "breast_cancer",
        "breast_cancer",
        100,
        summary="malignant tumours among benign ones, by 30 measures",
    ),
    _embedded("wine", "wine", 40, summary="one cultivar among two others"),
    _embedded(
        "digits",
        "digit_8",
        300,
        summary="the digit 8 among the others, of 8×8 pixels",
        scaling=None,
        network_arguments={**TABLE.network_arguments, "hidden_units": (64, 32, 12)},
    ),
    SERIES,
)
