"""Codes of which few units are on at a time: 15 seconds.

A plain and a sparse autoencoder, side by side. Writes sparse.png: how active their
units are.
"""

import keras
import numpy as np

import tfae

split = tfae.datasets.load("digits")
x, test = split.train.inputs, split.test.inputs
codes = {}
for name, sparsity in {"plain": 0.0, "sparse": 1.0}.items():
    encoder, decoder = tfae.networks.dense(64, [36], "sigmoid", tie_weights=True)
    model = tfae.SparseAutoencoder(encoder, decoder, sparsity, target_activation=0.1)
    model.compile(keras.optimizers.Adam(0.01), tfae.losses.SummedSquaredError())
    model.fit(x, epochs=60, batch_size=64, verbose=0)
    codes[name] = np.asarray(model.encode(test))
    error = tfae.evaluation.figures(model, test)["mse"]
    on = (codes[name] > 0.5).sum(axis=1).mean()
    print(f"{name}: test error {error:.4f}, {on:.1f} of 36 units are on for a digit")

tfae.plots.activation_histograms(codes, target=0.1).savefig("sparse.png")
