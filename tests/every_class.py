"""One small model of each class that takes vectors of 64 values, compiled."""

import keras

import tfae

SUMMED = tfae.losses.SummedBinaryCrossentropy


def dense(activation="relu", **options):
    return tfae.networks.dense(64, [16], activation, **options)


def variational(**options):
    return tfae.networks.variational(64, [16], latent_dim=4, **options)


MAKERS = {
    "Autoencoder": lambda: tfae.Autoencoder(*dense()),
    "StackedAutoencoder": lambda: tfae.StackedAutoencoder(64, [16, 8], dropout=0.1),
    "SparseAutoencoder": lambda: tfae.SparseAutoencoder(*dense("sigmoid")),
    "DenoisingAutoencoder": lambda: tfae.DenoisingAutoencoder(
        *dense(), keras.layers.GaussianNoise(0.3)
    ),
    "ContractiveAutoencoder": lambda: tfae.ContractiveAutoencoder(
        *dense("sigmoid"), method="estimate"
    ),
    "WinnerTakeAllAutoencoder": lambda: tfae.WinnerTakeAllAutoencoder(
        *dense(), winners=tfae.layers.KSparse(3)
    ),
    "NonlinearMarginalizedDenoisingAutoencoder": lambda: (
        tfae.NonlinearMarginalizedDenoisingAutoencoder(*dense("sigmoid"))
    ),
    "MarginalizedDenoisingAutoencoder": lambda: tfae.MarginalizedDenoisingAutoencoder(
        64, regularization=1e-3
    ),
    "RestrictedBoltzmannMachine": lambda: tfae.RestrictedBoltzmannMachine(
        *dense("sigmoid", tie_weights=True)
    ),
    "VariationalAutoencoder": lambda: tfae.VariationalAutoencoder(*variational()),
    "ImportanceWeightedAutoencoder": lambda: tfae.ImportanceWeightedAutoencoder(
        *variational(), samples=2
    ),
    "BetaVAE": lambda: tfae.BetaVAE(*variational()),
    "VQVAE": lambda: tfae.VQVAE(
        *tfae.networks.quantized(64, [16], positions=4, code_dim=4), num_codes=8
    ),
}
WITH_LIKELIHOOD = ("VariationalAutoencoder", "ImportanceWeightedAutoencoder", "BetaVAE")


def new_model(name, **options):
    """A compiled model of the class `name`, from a fixed seed."""
    keras.utils.set_random_seed(0)
    model = MAKERS[name]()
    loss = None if name in WITH_LIKELIHOOD else "mse"
    model.compile(keras.optimizers.Adam(0.01), loss, **options)
    return model
