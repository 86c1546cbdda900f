"""Shapes of examples in plots, and the PCA baseline."""

import numpy as np

from tfae.evaluation import measures

# Most examples to fit PCA on for a plot.
PCA_EXAMPLES, PCA_VALUES = 5000, 2**26


def shaped(split, values):
    """Examples in the shape for plots: `(time, features)` for series."""
    values = np.asarray(values)
    shape = split.example_shape
    if split.image_shape is None and shape is not None and len(shape) == 2:
        return values.reshape(-1, *shape)
    return values


def rows(split, of_rows):
    """A dict of examples by label, in the shape for plots."""
    return {label: shaped(split, values) for label, values in of_rows.items()}


def of_pca(model, split, inputs):
    """Dict from a label to the reconstructions of PCA with the model's code size.

    Empty if there is no such PCA, as for codes larger than the inputs.
    """
    size = max(1, np.size(inputs) // max(1, len(inputs)))
    examples = max(1, min(PCA_EXAMPLES, PCA_VALUES // size))
    found = measures.pca_beside(model, split, examples)
    if found is None:
        return {}
    components = found.n_components_
    flat = np.reshape(inputs, (len(inputs), -1))
    rebuilt = found.inverse_transform(found.transform(flat.astype("float64")))
    plural = "s" if components > 1 else ""
    label = f"PCA, {components} component{plural}"
    return {label: rebuilt.reshape(np.shape(inputs)).astype("float32")}
