"""Features brought to one scale, by what the training part shows of them."""

from tfae.datasets.checks import check_numbers
from tfae.datasets.split import with_source
from tfae.datasets.streamed_images import check_in_memory

WAYS = ("standard", "minmax")


def scale(split, how=None, like=None):
    """`split` with each feature scaled by itself, as scikit-learn's scalers do.

    Args:
        split: `Split`.
        how: `"standard"`, to mean 0 and variance 1 over the training part; `"minmax"`,
            to its range being [0, 1]; or `None` for nothing. A feature that does not
            vary there is only moved.
        like: `Split` whose training part the scale is taken from. Defaults to `split`.

    Returns:
        A `Split`.

    Raises:
        ValueError: If `how` is unknown, or one of the splits is scaled already.

    Example:
    >>> split = tfae.datasets.scale(tfae.datasets.load("digits"), "minmax")
    >>> float(split.train.inputs.max())
    1.0
    """
    if how is None:
        return split
    if how not in WAYS:
        raise ValueError(
            f"`how` must be one of {', '.join(WAYS)}, or None. Received: how={how!r}"
        )
    for one in (split, like):
        if one is not None and one.scaling:
            raise ValueError(
                f"{one.name} is scaled already, by {one.scaling!r}. Give the split as "
                "it was loaded."
            )
    check_numbers(split, "Scaling")
    check_in_memory(split, "Scaling")
    _check_unmasked(split)
    from sklearn import preprocessing

    kinds = {
        "standard": preprocessing.StandardScaler,
        "minmax": preprocessing.MinMaxScaler,
    }
    model = like or split
    scaler = kinds[how]().fit(_rows(model.train.inputs))
    found = {}
    for name in ("train", "valid", "test"):
        part = getattr(split, name)
        scaled = scaler.transform(_rows(part.inputs)).astype("float32")
        found[name] = part._replace(inputs=scaled.reshape(part.inputs.shape))
    found |= {"scaling": how, "scaled_like": (model.name, len(model.valid.inputs))}
    # Only what gave its own scale is had again by its name and `how`.
    source = split.source if like is None else None
    return with_source(split, source, **found)


def _check_unmasked(split):
    """Raises `ValueError` for series whose missing steps have a value of their own."""
    reading = (split.source or {}).get("reading") or {}
    if reading.get("mask_value") is not None:
        raise ValueError(
            "Scaling would change the value of steps that are masked. Received: "
            f"{split.name} with mask_value={reading['mask_value']}. Scale the values "
            "in the file, or leave the scaling out."
        )


def _rows(inputs):
    # In single precision the end of a range may become 1.0000001.
    return inputs.reshape(len(inputs), -1).astype("float64")
