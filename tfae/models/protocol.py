"""What the tools of the package ask of any model, an autoencoder or not.

- `example_shape`: shape of an example, without the batch, once the model is built;
- `check_inputs(inputs, name)`: raises `ValueError` for an array that it cannot take;
- `serving_signatures()`: dict from name to `tfae.models.signatures.Signature`;
- `serving_examples(inputs)`: values for the inputs of the signatures, by name;
- `measures`: dict from name to a function of the model, a `tfae.datasets.Part` and the
  shape of an image that returns figures by name;
- `reports`: dict from name to a function of the model, a `tfae.datasets.Split` and a
  title that returns a picture, or `None`.

A recipe trains a model on batches of inputs without targets: an autoencoder rebuilds
them, and another model overrides `compute_loss` or `train_step`.

A `keras.Model` that has these trains, is measured, drawn, saved, loaded and exported
as those of the package.
"""

PARTS = (
    "example_shape",
    "check_inputs",
    "serving_signatures",
    "serving_examples",
    "measures",
    "reports",
)


def missing(model):
    """Names of the parts of the protocol that `model` lacks."""
    return [name for name in PARTS if not hasattr(model, name)]
