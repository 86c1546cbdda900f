"""Checks of what a model gets, worded alike wherever they are made."""


def check_shape(model, inputs, name):
    """Raises `ValueError` if an array is not of examples that a built model takes."""
    wanted = model.example_shape
    if wanted is not None and tuple(inputs.shape[1:]) != tuple(wanted):
        raise ValueError(
            f"The model takes examples of shape {tuple(wanted)}. Received: {name} "
            f"with examples of shape {tuple(inputs.shape[1:])}. Train a model on data "
            "of this shape."
        )


def check_built(model):
    """Raises `ValueError` if a model has not seen data yet."""
    if not model.built:
        raise ValueError(
            "The model must be built. Received: one that has seen no data. Call it "
            "on a batch, or fit it, first."
        )
