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

RECIPES = (TABLE,)
