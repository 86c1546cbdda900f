"""Trained models by name, and as folders that can be shared."""

from tfae import presets
from tfae.models import protocol
from tfae.models.keeping_arguments import KeepsArguments
from tfae.types import Config, Model, PathLike


class Presets(KeepsArguments):
    """Mixin of models that are read from presets and saved as such."""

    @classmethod
    def from_preset(
        cls, preset: PathLike, custom_objects: Config | None = None
    ) -> Model:
        """The trained model of a preset, which must be of this class.

        Args:
            preset: Name of a preset of the package, path of a folder that
                `save_to_preset` wrote, or `"hf://user/name"` on the Hugging Face Hub.
            custom_objects: As for `tfae.load`.

        Raises:
            ValueError: If there is no such preset, it is damaged, it holds code or
                unknown classes, or a model of another class.
        """
        model = from_preset(preset, custom_objects)
        if not isinstance(model, cls):
            raise ValueError(
                f"The preset {preset} holds a {type(model).__name__}. Received: a call "
                f"of {cls.__name__}.from_preset. Use tfae.from_preset, or that class."
            )
        return model

    def save_to_preset(self, folder: PathLike) -> None:
        """Writes the model, without the state of its optimizers, to a folder.

        Args:
            folder: Folder, created if missing. An earlier preset in it is replaced,
                with its figures and its card.

        Raises:
            ValueError: If the model is not built, it keeps files of its own, its
                `get_config` leaves out an argument, or the folder has other files of
                these names.
            OSError: If the folder cannot be written to.
        """
        presets.write(self, folder)


def from_preset(preset: PathLike, custom_objects: Config | None = None) -> Model:
    """The trained model of a preset, compiled, with a new optimizer.

    Args:
        preset: Name of a preset of the package, such as `"leaky_relu_mnist"`; path of a
            folder that `model.save_to_preset` or `tfae publish` wrote; or
            `"hf://user/name"` on the Hugging Face Hub (extra `hub`). All are loaded by
            Keras in its safe mode.
        custom_objects: As for `tfae.load`.

    Returns:
        A model, ready for `predict`, `encode`, `evaluate` and further training.

    Raises:
        ValueError: If there is no such preset, it is damaged, or it holds code, unknown
            classes, or no model of this package.

    Example:
    >>> model = tfae.from_preset("leaky_relu_mnist")
    >>> model.encode(np.zeros((1, 784))).shape
    TensorShape([1, 64])
    """
    model = presets.read(preset, custom_objects)
    protocol.check(
        model, f"The preset {preset} holds", "Load it with keras.saving.load_model."
    )
    return model
