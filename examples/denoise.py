"""Remove noise from digits: 10 seconds.

Writes denoise.png: clean digits, noisy ones, and what the model makes of these.
"""

import keras

import tfae

split = tfae.datasets.load("digits")
x, test = split.train.inputs, split.test.inputs

encoder, decoder = tfae.networks.dense(64, [256, 64])
noise = keras.layers.GaussianNoise(0.3)
model = tfae.DenoisingAutoencoder(encoder, decoder, noise)
model.compile(keras.optimizers.Adam(3e-3), "mse")
model.fit(x, epochs=60, batch_size=64, verbose=0)

noisy = model.corrupt(test, seed=0).numpy()
cleaned = model.predict(noisy, verbose=0)
for name, images in {"noisy": noisy, "cleaned": cleaned}.items():
    print(f"error of {name} digits: {((images - test) ** 2).mean():.4f}")

rows = {"original": test, "noisy": noisy, "cleaned": cleaned}
tfae.plots.examples(rows, split.image_shape, "Denoising").savefig("denoise.png")
