"""Find the digits that are most like a given one, by their codes: 10 seconds.

Writes retrieve.png: in each column a test digit, and the training digits nearest to it.
"""

import keras

import tfae
from tfae.evaluation import retrieval

split = tfae.datasets.load("digits")
encoder, decoder = tfae.networks.dense(64, [128, 16], code_activation="linear")
model = tfae.DenoisingAutoencoder(encoder, decoder, tfae.layers.MaskingNoise(0.3))
model.compile(keras.optimizers.Adam(3e-3), "mse")
model.fit(split.train.inputs, epochs=40, batch_size=64, verbose=0)

index = retrieval.of(model, split.train.inputs)
places, distances = retrieval.search(index, model, split.test.inputs, count=3)
found = split.train.labels[places]
alike = (found == split.test.labels[:, None]).mean()
print(f"nearest to a {split.test.labels[0]}: {found[0].tolist()}")
print(f"{alike:.1%} of the three nearest digits have the label of the query")

rows = {"query": split.test.inputs}
rows |= {f"{n + 1}. nearest": split.train.inputs[places[:, n]] for n in range(3)}
tfae.plots.examples(rows, split.image_shape, "Nearest").savefig("retrieve.png")
