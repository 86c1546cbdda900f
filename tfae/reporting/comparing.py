"""The plots of several trained models side by side."""

from collections.abc import Mapping
from pathlib import Path

from tfae import plots
from tfae.callbacks import resuming
from tfae.reporting import pictures
from tfae.types import Model, PathLike


def compare(
    models: dict[str, Model],
    split,
    folder: PathLike,
    runs: Mapping[str, PathLike] | None = None,
) -> list[str]:
    """Draws comparisons of several models; returns the names of the files.

    These are the histograms of their codes, the singular values of their Jacobians, and
    the losses of their runs.

    Args:
        models: Dict from the name of a model to the model.
        split: `tfae.datasets.Split` with the test part to compare them on.
        folder: Folder to write `figures/….png` to.
        runs: Dict from the name of a model to the folder of its run, which holds the
            history of its loss. Without a history the losses are not drawn.

    Example:
    >>> split = tfae.datasets.load("digits")
    >>> narrow = tfae.Autoencoder(*tfae.networks.dense(64, [8]))
    >>> wide = tfae.Autoencoder(*tfae.networks.dense(64, [16]))
    >>> models = {"narrow": narrow, "wide": wide}
    >>> tfae.reporting.compare(models, split, "pictures")
    ['figures/activations.png', 'figures/singular_values.png']
    """
    histories = {
        name: columns
        for name, run in (runs or {}).items()
        if "loss" in (columns := _history(run))
    }
    figures = {
        "loss": plots.loss_by_model(histories) if histories else None,
        "activations": pictures.activations_of(models, split),
        "singular_values": pictures.singular_values_of(models, split),
    }
    return pictures.save(figures, folder)


def _history(run):
    return resuming.columns_of(resuming.read_history(Path(run) / "history.csv"))
