"""Times one epoch of the notebook's variational autoencoder against pythae's.

784-500-500-20-500-500-784 with ELU, Bernoulli likelihood, batches of 150, Adam 1e-3;
how it is timed stands in contest.py.

    python benchmarks/variational.py [--epochs 5] [--record docs/variational.json]
"""

import contest
from contest import FEATURES

HIDDEN, LATENT, BATCH_SIZE = 500, 20, 150


def tfae_fit(images, pace):
    """`model.fit` of the recipe."""
    contest.fit_recipe("variational_mnist", images, pace)


def pythae_trainer(images, pace):
    """Pythae's `BaseTrainer` on the same networks, one `train_step` an epoch."""
    import pythae_side
    from pythae.models import VAE, VAEConfig
    from torch import nn

    def hidden(inputs):
        return [
            nn.Linear(inputs, HIDDEN),
            nn.ELU(),
            nn.Linear(HIDDEN, HIDDEN),
            nn.ELU(),
        ]

    encoder = pythae_side.Encoder(
        nn.Sequential(*hidden(FEATURES)),
        embedding=nn.Linear(HIDDEN, LATENT),
        log_covariance=nn.Linear(HIDDEN, LATENT),
    )
    outputs = [nn.Linear(HIDDEN, FEATURES), nn.Sigmoid()]
    model = VAE(
        VAEConfig((FEATURES,), LATENT, reconstruction_loss="bce"),
        encoder=encoder,
        decoder=pythae_side.Decoder(nn.Sequential(*hidden(LATENT), *outputs)),
    )
    pythae_side.train(model, images, BATCH_SIZE, pace)


if __name__ == "__main__":
    contest.main(
        __doc__.splitlines()[0],
        {
            contest.OURS: (tfae_fit, "tensorflow"),
            "pythae trainer": (pythae_trainer, "pythae"),
        },
    )
