"""Detectors of anomalies: trained on normal examples, with a calibrated threshold."""

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

RECIPES = (TABLE, SERIES)
