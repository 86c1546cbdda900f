"""Saving models, and loading them safely."""

from pathlib import Path

from tfae import archives, files, kept_arguments, presets, stored_models
from tfae.arguments import check_paths
from tfae.stored_models import UnknownClassError
from tfae.types import Config, Model, PathLike

__all__ = ["UnknownClassError", "load", "model_path", "save"]

MODEL = "model.keras"  # of a run


def save(model: Model, path: PathLike) -> None:
    """Writes `model` with its optimizer state to the `.keras` file `path`.

    Raises:
        ValueError: If `get_config` of a class leaves out an argument, which the loaded
            model would lack.

    Example:
    >>> model = tfae.StackedAutoencoder(64, [32, 8])
    >>> model.build((None, 64))
    >>> tfae.saving.save(model, "model.keras")
    """
    kept_arguments.check(model)
    with files.atomic(path) as beside:
        model.save(beside)


def load(path: PathLike, custom_objects: Config | None = None) -> Model:
    """Loads a model saved by `tfae.run`, `tfae train` or `model.save`.

    Args:
        path: A `.keras` file, a folder with a `model.keras`, or that of a preset.
        custom_objects: Dict from names to your own classes and functions in the model,
            such as an activation, unless they are registered by
            `keras.saving.register_keras_serializable`; or `None`.

    Returns:
        The compiled model with its weights and optimizer state, ready for `predict`,
        `evaluate`, `encode` and further training.

    Raises:
        ValueError: If the file does not exist or is damaged; if it does not hold a
            model of this package; if it holds code that Keras' safe mode refuses, or an
            unknown class or function.

    Example:
    >>> model = tfae.StackedAutoencoder(64, [32, 8])
    >>> model.build((None, 64))
    >>> model.save("model.keras")
    >>> tfae.load("model.keras").encode(np.zeros((1, 64))).shape
    TensorShape([1, 8])
    """
    path = model_path(path)
    from tfae.models import protocol

    is_preset = path.name == archives.CONFIG
    reader = presets.read if is_preset else stored_models.read
    model = reader(path.parent if is_preset else path, custom_objects)
    protocol.check(model, f"{path} holds", "Load it with keras.saving.load_model.")
    return model


def model_path(path: PathLike):
    """The `.keras` file of `path`, a file or a folder; of a preset, its config.

    Changes that a killed process left in the folder are completed first.
    """
    check_paths(path=path)
    path = Path(path)
    if path.is_dir():
        is_preset = (path / archives.CONFIG).exists() and not (path / MODEL).exists()
        if is_preset:
            return presets.folder_of(path) / archives.CONFIG
        path = path / MODEL
    if path.name == MODEL and path.parent.is_dir():
        files.settle(path.parent)
    if not path.is_file():
        raise ValueError(
            f"{path} does not exist. Give a .keras file, or the folder that "
            "tfae.run wrote."
        )
    if path.suffix in (".h5", ".hdf5"):
        raise ValueError(
            f"{path} is an HDF5 file, which does not hold a whole model of tfae. Save "
            'the model by model.save("model.keras"), or load the weights of the file '
            "into a new model by its load_weights."
        )
    return path
