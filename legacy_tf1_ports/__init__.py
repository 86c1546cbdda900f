"""The legacy TF1 programs in graph mode, runnable on TensorFlow 2."""
