"""Pretrain layers of sigmoids on all digits, then classify with 50 labels: 20 seconds.

A deep network of sigmoids learns slowly from the start; pretrained, it begins with
layers that describe digits already.
"""

import keras

import tfae

split = tfae.datasets.load("digits")
x, labels = split.train
few = tfae.few_labels.balanced(labels, 50, seed=0)

fresh = tfae.StackedAutoencoder(64, [200, 100, 50], activation="sigmoid")
fresh.build((None, 64))
stack = tfae.StackedAutoencoder(64, [200, 100, 50], activation="sigmoid")
stack.compile(keras.optimizers.Adam(3e-3), "mse")
tfae.pretraining.pretrain(stack, x, epochs=25, batch_size=64, verbose=0)

for name, autoencoder in {"pretrained": stack, "from scratch": fresh}.items():
    model = tfae.fine_tuning.classifier(autoencoder, num_classes=10)
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    model.fit(x[few], labels[few], epochs=60, batch_size=10, verbose=0)
    figures = model.evaluate(*split.test, verbose=0, return_dict=True)
    print(f"{name}: {figures['accuracy']:.1%} of the test digits are right")
