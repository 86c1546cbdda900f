"""Find malignant cells by what normal ones look like: 10 seconds.

Writes detect.png: the scores of both, and the threshold.
"""

import keras

import tfae

split = tfae.datasets.load("breast_cancer")  # label 1: malignant
encoder, decoder = tfae.networks.dense(30, [16, 4], output_activation="linear")
model = tfae.PreprocessedModel(tfae.Autoencoder(encoder, decoder), "standard")

# Trained on part of the normal rows, calibrated on the others.
detector = tfae.Detector(model)
detector.compile(keras.optimizers.Adam(3e-3), "mse")
detector.fit(*split.train, false_alarm_rate=0.1, epochs=60, verbose=0)

figures, figure = detector.report(*split.test)
print(f"malignant cells found: {figures['recall']:.0%}")
print(f"normal ones that raised an alarm: {figures['false_alarm_rate']:.0%}")
print(f"decisions: {detector.predict(split.test.inputs[:10])} (-1: an anomaly)")
figure.savefig("detect.png")
