"""TF1 graphs, read beside their checkpoints and rebuilt as Keras models."""
