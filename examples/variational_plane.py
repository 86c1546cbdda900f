"""A plane of two codes, and the digit that each place stands for: 20 seconds.

Writes variational_plane.png.
"""

import keras
import numpy as np

import tfae

split = tfae.datasets.load("digits")
encoder, decoder = tfae.networks.variational(64, [128, 128], latent_dim=2)
model = tfae.VariationalAutoencoder(encoder, decoder)
model.compile(keras.optimizers.Adam(3e-3))  # the likelihood is the loss
history = model.fit(split.train.inputs, epochs=80, batch_size=64, verbose=0).history
print(f"loss in nats: {history['loss'][0]:.1f} at first, {history['loss'][-1]:.1f} now")

steps = np.linspace(-2, 2, 16, dtype="float32")
places = np.stack(np.meshgrid(steps, steps[::-1]), axis=-1).reshape(-1, 2)
images = model.decode(places)
print(f"digits drawn from the prior: {model.sample(5, seed=1).shape}")
figure = tfae.plots.manifold(np.asarray(images), steps, split.image_shape)
figure.savefig("variational_plane.png")
