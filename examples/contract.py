"""Codes that hardly change when the digit does: 25 seconds.

A plain and a contractive autoencoder, side by side. Writes contract.png: the singular
values of the Jacobian of the codes, in how many directions they follow the digit.
"""

import keras
import numpy as np

import tfae
from tfae.evaluation import probes

split = tfae.datasets.load("digits")
spectra = {}
for contraction in (0.0, 0.3):
    keras.utils.set_random_seed(0)
    networks = tfae.networks.dense(64, [100], "sigmoid", tie_weights=True)
    model = tfae.ContractiveAutoencoder(*networks, contraction=contraction)
    model.compile(keras.optimizers.Adam(3e-3), tfae.losses.SummedBinaryCrossentropy())
    model.fit(split.train.inputs, epochs=40, batch_size=64, verbose=0)
    jacobians = probes.jacobians(model, split.test.inputs[:50])
    values = np.linalg.svd(jacobians, compute_uv=False)
    norm = (values**2).sum(axis=1).mean()
    print(f"contraction={contraction}: mean ‖∂codes/∂inputs‖² is {norm:.2f}")
    spectra[f"contraction={contraction}"] = values
tfae.plots.singular_values(spectra).savefig("contract.png")
