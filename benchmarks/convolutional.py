"""Times an epoch of three convolutional networks against other ways to train them.

Of 28×28 images, with kernels of 3×3: 16-32-64 by strides and by max pooling, each
undone by transposed convolutions (batches of 128, Adam 1e-3, mean squared error), and
the variational 32-64-16-2 of Keras' example (batches of 64, Bernoulli likelihood). An
epoch is 15,000 images; how it is timed stands in contest.py. Keras takes part twice,
the second time with TF_ENABLE_ONEDNN_OPTS=1, as the `tfae` command has it.

    python benchmarks/convolutional.py [--epochs 5] [--record docs/convolutional.json]
"""

import os

import contest

SHAPE = (28, 28, 1)
EXAMPLES = 15_000
BATCH_SIZE, VARIATIONAL_BATCH_SIZE = 128, 64
CODES, VARIATIONAL_CODES = 64, 2


def tfae_fit(recipe):
    """`model.fit` of a recipe."""
    return lambda images, pace: contest.fit_recipe(recipe, images, pace)


def keras_fit(downsampling):
    """Plain Keras: the same layers, `fit(x, x)` on arrays, all defaults."""

    def run(images, pace):
        import keras

        encoder, decoder = keras.Sequential(), keras.Sequential()
        layers, options = keras.layers, {"padding": "same", "activation": "relu"}
        for filters in (16, 32):
            if downsampling == "stride":
                encoder.add(layers.Conv2D(filters, 3, strides=2, **options))
            else:
                encoder.add(layers.Conv2D(filters, 3, **options))
                encoder.add(layers.MaxPooling2D())
        encoder.add(layers.Flatten())
        encoder.add(layers.Dense(CODES))
        decoder.add(layers.Dense(7 * 7 * 32, activation="relu"))
        decoder.add(layers.Reshape((7, 7, 32)))
        decoder.add(layers.Conv2DTranspose(16, 3, strides=2, **options))
        decoder.add(layers.Conv2DTranspose(1, 3, strides=2, padding="same"))
        model = keras.Sequential([encoder, decoder])
        model.compile(optimizer="adam", loss="mse")
        _keras_fit(model, images, images, BATCH_SIZE, pace)

    return run


def keras_variational(images, pace):
    """Plain Keras: a model with the train step of its example, all defaults."""
    import keras
    import tensorflow as tf

    layers, options = keras.layers, {"padding": "same", "activation": "relu"}
    inputs = keras.Input(SHAPE)
    hidden = layers.Conv2D(32, 3, strides=2, **options)(inputs)
    hidden = layers.Conv2D(64, 3, strides=2, **options)(hidden)
    hidden = layers.Dense(16, activation="relu")(layers.Flatten()(hidden))
    heads = [layers.Dense(VARIATIONAL_CODES)(hidden) for _ in range(2)]
    encoder = keras.Model(inputs, heads)
    decoder = keras.Sequential(
        [
            layers.Dense(7 * 7 * 64, activation="relu"),
            layers.Reshape((7, 7, 64)),
            layers.Conv2DTranspose(64, 3, strides=2, **options),
            layers.Conv2DTranspose(32, 3, strides=2, **options),
            layers.Conv2DTranspose(1, 3, padding="same", activation="sigmoid"),
        ]
    )
    decoder.build((None, VARIATIONAL_CODES))

    class Variational(keras.Model):
        def __init__(self):
            super().__init__()
            self.encoder, self.decoder = encoder, decoder
            self.seeds = keras.random.SeedGenerator(0)
            self.tracker = keras.metrics.Mean(name="loss")

        def call(self, inputs):
            return self.decoder(self.encoder(inputs)[0])

        def train_step(self, data):
            with tf.GradientTape() as tape:
                mean, log_variance = self.encoder(data)
                noise = keras.random.normal(tf.shape(mean), seed=self.seeds)
                outputs = self.decoder(mean + tf.exp(0.5 * log_variance) * noise)
                errors = keras.losses.binary_crossentropy(data, outputs)
                divergence = 1 + log_variance - mean**2 - tf.exp(log_variance)
                loss = tf.reduce_mean(tf.reduce_sum(errors, axis=(1, 2)))
                loss -= 0.5 * tf.reduce_mean(tf.reduce_sum(divergence, axis=1))
            variables = self.trainable_variables
            self.optimizer.apply(tape.gradient(loss, variables), variables)
            self.tracker.update_state(loss)
            return {"loss": self.tracker.result()}

    model = Variational()
    model.compile(optimizer="adam")
    _keras_fit(model, images, None, VARIATIONAL_BATCH_SIZE, pace)


def torch_loader(downsampling):
    """PyTorch, eager, batches by a shuffling `DataLoader`."""

    def run(images, pace):
        import torch

        model = torch.nn.Sequential(*_torch_networks(downsampling))

        def loss_of(batch):
            return torch.nn.functional.mse_loss(model(batch), batch)

        _torch_fit(model, loss_of, images, BATCH_SIZE, pace)

    return run


def torch_variational(images, pace):
    """PyTorch, eager, batches by a shuffling `DataLoader`."""
    import torch

    body, mean, log_variance, decoder = _torch_variational()
    model = torch.nn.ModuleList([body, mean, log_variance, decoder])

    def loss_of(batch):
        hidden = body(batch)
        centre, spread = mean(hidden), log_variance(hidden)
        codes = centre + torch.exp(0.5 * spread) * torch.randn_like(spread)
        loss = torch.nn.functional.binary_cross_entropy(
            decoder(codes), batch, reduction="sum"
        )
        return (loss - 0.5 * (1 + spread - centre**2 - spread.exp()).sum()) / len(batch)

    _torch_fit(model, loss_of, images, VARIATIONAL_BATCH_SIZE, pace)


def pythae_trainer(downsampling):
    """Pythae's `BaseTrainer` on the same networks, one `train_step` an epoch."""

    def run(images, pace):
        import pythae_side
        from pythae.models import AE, AEConfig

        encoder, decoder = _torch_networks(downsampling)
        model = AE(
            AEConfig((1, 28, 28), CODES),
            encoder=pythae_side.Encoder(embedding=encoder),
            decoder=pythae_side.Decoder(decoder),
        )
        pythae_side.train(model, _channels_first(images), BATCH_SIZE, pace)

    return run


def pythae_variational(images, pace):
    """Pythae's `BaseTrainer` on the same networks, one `train_step` an epoch."""
    import pythae_side
    from pythae.models import VAE, VAEConfig

    body, mean, log_variance, decoder = _torch_variational()
    model = VAE(
        VAEConfig((1, 28, 28), VARIATIONAL_CODES, reconstruction_loss="bce"),
        encoder=pythae_side.Encoder(body, embedding=mean, log_covariance=log_variance),
        decoder=pythae_side.Decoder(decoder),
    )
    images = _channels_first(images)
    pythae_side.train(model, images, VARIATIONAL_BATCH_SIZE, pace)


def _with_onednn(way):
    def run(images, pace):
        os.environ["TF_ENABLE_ONEDNN_OPTS"] = "1"
        way(images, pace)

    return run


def _contestants(event, recipe, keras_way, torch_way, pythae_way):
    return {
        f"{event}: {contest.OURS}": (tfae_fit(recipe), "tensorflow"),
        f"{event}: Keras fit": (keras_way, "tensorflow"),
        f"{event}: Keras fit, oneDNN": (_with_onednn(keras_way), "tensorflow"),
        f"{event}: PyTorch, DataLoader": (torch_way, "torch"),
        f"{event}: pythae trainer": (pythae_way, "pythae"),
    }


def _by_downsampling(event, recipe, downsampling):
    ways = (keras_fit, torch_loader, pythae_trainer)
    return _contestants(event, recipe, *(way(downsampling) for way in ways))


CONTESTANTS = {
    **_by_downsampling("strides", "convolutional_mnist", "stride"),
    **_by_downsampling("max pooling", "convolutional_transposed_mnist", "max_pool"),
    **_contestants(
        "variational",
        "convolutional_variational_mnist",
        keras_variational,
        torch_variational,
        pythae_variational,
    ),
}


def _keras_fit(model, images, targets, batch_size, pace):
    options = {"batch_size": batch_size, "epochs": pace.epochs, "verbose": 0}
    model.fit(images, targets, callbacks=[pace.callback()], **options)


def _torch_fit(model, loss_of, images, batch_size, pace):
    import torch

    data = torch.utils.data.TensorDataset(torch.from_numpy(_channels_first(images)))
    loader = torch.utils.data.DataLoader(
        data, batch_size=batch_size, shuffle=True, drop_last=True
    )
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)

    def epoch():
        for (batch,) in loader:
            loss = loss_of(batch)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()

    pace.repeat(epoch)


def _channels_first(images):
    return images.reshape(-1, 1, 28, 28)  # of one channel


def _torch_down(filters, downsampling="stride"):
    from torch import nn

    layers, before = [], 1
    for channels in filters:
        if downsampling == "stride":
            layers += [nn.Conv2d(before, channels, 3, 2, 1), nn.ReLU()]
        else:
            layers += [nn.Conv2d(before, channels, 3, 1, 1), nn.ReLU()]
            layers += [nn.MaxPool2d(2)]
        before = channels
    return [*layers, nn.Flatten()]


def _torch_networks(downsampling):
    from torch import nn

    encoder = [*_torch_down((16, 32), downsampling), nn.Linear(7 * 7 * 32, CODES)]
    decoder = [nn.Linear(CODES, 7 * 7 * 32), nn.ReLU(), nn.Unflatten(1, (32, 7, 7))]
    decoder += [nn.ConvTranspose2d(32, 16, 3, 2, 1, 1), nn.ReLU()]
    decoder += [nn.ConvTranspose2d(16, 1, 3, 2, 1, 1)]
    return nn.Sequential(*encoder), nn.Sequential(*decoder)


def _torch_variational():
    from torch import nn

    body = [*_torch_down((32, 64)), nn.Linear(7 * 7 * 64, 16), nn.ReLU()]
    heads = [nn.Linear(16, VARIATIONAL_CODES) for _ in range(2)]
    decoder = [nn.Linear(VARIATIONAL_CODES, 7 * 7 * 64), nn.ReLU()]
    decoder += [nn.Unflatten(1, (64, 7, 7))]
    decoder += [nn.ConvTranspose2d(64, 64, 3, 2, 1, 1), nn.ReLU()]
    decoder += [nn.ConvTranspose2d(64, 32, 3, 2, 1, 1), nn.ReLU()]
    decoder += [nn.Conv2d(32, 1, 3, 1, 1), nn.Sigmoid()]
    return nn.Sequential(*body), *heads, nn.Sequential(*decoder)


if __name__ == "__main__":
    contest.main(__doc__.splitlines()[0], CONTESTANTS, (EXAMPLES, *SHAPE))
