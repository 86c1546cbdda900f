"""Times one epoch of the flagship against the ways people train it elsewhere.

784-256-128-64-128-256-784, batches of 128, Adam 1e-3, mean squared error; how it is
timed stands in contest.py.

    python benchmarks/throughput.py [--epochs 5] [--record docs/throughput.json]
"""

import itertools

import contest
from contest import EXAMPLES, FEATURES

HIDDEN = (256, 128, 64)
BATCH_SIZE = 128


def tfae_fit(images, pace):
    """`model.fit` of the recipe."""
    contest.fit_recipe("leaky_relu_mnist", images, pace)


def keras_fit(images, pace):
    """Plain Keras: the same layers, `fit(x, x)` on arrays, all defaults."""
    import keras

    model = keras.Sequential([*_keras_networks()])
    model.compile(optimizer="adam", loss="mse")
    options = {"batch_size": BATCH_SIZE, "epochs": pace.epochs, "verbose": 0}
    model.fit(images, images, callbacks=[pace.callback()], **options)


def tf1_graph(images, pace):
    """The legacy program: a graph, a session and `feed_dict`, in file order."""
    from legacy_tf1_ports import _graph, leaky_relu_stacked

    with _graph.session() as session:
        program = leaky_relu_stacked.build(FEATURES)
        session.run(_graph.v1.global_variables_initializer())

        def epoch():
            for start in range(0, EXAMPLES - BATCH_SIZE + 1, BATCH_SIZE):
                batch = images[start : start + BATCH_SIZE]
                session.run([program.loss, program.train_op], {program.inputs: batch})

        pace.repeat(epoch)


def compiled_loop(images, pace):
    """The floor: a hand-written epoch with `tf.function(jit_compile=True)` steps."""
    import keras
    import tensorflow as tf

    encoder, decoder = _keras_networks()
    variables = encoder.trainable_variables + decoder.trainable_variables
    optimizer = keras.optimizers.Adam(1e-3)
    optimizer.build(variables)
    data = tf.constant(images)

    @tf.function(jit_compile=True)
    def step(batch):
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean((decoder(encoder(batch)) - batch) ** 2)
        optimizer.apply(tape.gradient(loss, variables), variables)
        return loss

    @tf.function
    def whole(order):
        total = 0.0
        for index in tf.range(EXAMPLES // BATCH_SIZE):
            rows = order[index * BATCH_SIZE : (index + 1) * BATCH_SIZE]
            batch = tf.ensure_shape(tf.gather(data, rows), (BATCH_SIZE, FEATURES))
            total += step(batch)
        return total

    pace.repeat(lambda: whole(tf.random.shuffle(tf.range(EXAMPLES))).numpy())


def torch_loader(images, pace):
    """PyTorch, eager, batches by a shuffling `DataLoader`."""
    import torch

    data = torch.utils.data.TensorDataset(torch.from_numpy(images))
    loader = torch.utils.data.DataLoader(
        data, batch_size=BATCH_SIZE, shuffle=True, drop_last=True
    )
    model = torch.nn.Sequential(*_torch_networks())
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)

    def epoch():
        for (batch,) in loader:
            loss = torch.nn.functional.mse_loss(model(batch), batch)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()

    pace.repeat(epoch)


def pythae_trainer(images, pace):
    """Pythae's `BaseTrainer` on the same networks, one `train_step` an epoch."""
    import pythae_side
    from pythae.models import AE, AEConfig

    encoder, decoder = _torch_networks()
    model = AE(
        AEConfig(input_dim=(FEATURES,), latent_dim=HIDDEN[-1]),
        encoder=pythae_side.Encoder(embedding=encoder),
        decoder=pythae_side.Decoder(decoder),
    )
    pythae_side.train(model, images, BATCH_SIZE, pace)


CONTESTANTS = {
    contest.OURS: (tfae_fit, "tensorflow"),
    "compiled loop (floor)": (compiled_loop, "tensorflow"),
    "TF1 graph, feed_dict": (tf1_graph, "tensorflow"),
    "Keras fit(x, x)": (keras_fit, "tensorflow"),
    "PyTorch, DataLoader": (torch_loader, "torch"),
    "pythae trainer": (pythae_trainer, "pythae"),
}


def _keras_networks():
    from tfae import networks

    return networks.dense(FEATURES, HIDDEN)


def _torch_networks():
    from torch import nn

    def chain(widths, last):
        layers = []
        for before, after in itertools.pairwise(widths):
            layers += [nn.Linear(before, after), nn.LeakyReLU(0.2)]
        return nn.Sequential(*layers[:-1], last)

    widths = (FEATURES, *HIDDEN)
    return chain(widths, nn.LeakyReLU(0.2)), chain(widths[::-1], nn.Sigmoid())


if __name__ == "__main__":
    contest.main(__doc__.splitlines()[0], CONTESTANTS)
