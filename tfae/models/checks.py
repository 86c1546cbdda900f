"""Checks of what a model gets, and of its state, alike wherever they are made."""


def check_shape(model, inputs, name):
    """Raises `ValueError` if an array is not of examples that a built model takes."""
    wanted = model.example_shape
    if wanted is not None and tuple(inputs.shape[1:]) != tuple(wanted):
        raise ValueError(
            f"The model takes examples of shape {tuple(wanted)}. Received: {name} "
            f"with examples of shape {tuple(inputs.shape[1:])}. Train a model on data "
            "of this shape."
        )


def allow_export(model):
    """Lets Keras export a built model that was never called as a whole.

    A step of training computes the terms part by part, and a loaded model is built.
    """
    model._called = model._called or model.built


def check_built(model):
    """Raises `ValueError` if a model has not seen data yet."""
    if not model.built:
        raise ValueError(
            "The model must be built. Received: one that has seen no data. Call it "
            "on a batch, or fit it, first."
        )
