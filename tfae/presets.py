"""Presets: folders of trained models, without the state of their optimizers.

The layout is Keras' own for unpacked models, which KerasHub uses as well:
`config.json`, `metadata.json` and `model.weights.h5`. `metrics.json` and the model card
`README.md` may stand beside them.
"""

import json
import sysconfig
import warnings
from functools import partial
from pathlib import Path

import numpy as np

from tfae import archives, extras, files, kept_arguments, stored_models
from tfae.arguments import check_paths
from tfae.suggestions import did_you_mean

CARD, METADATA, METRICS = "README.md", "metadata.json", "metrics.json"
FILES = (archives.CONFIG, METADATA, archives.WEIGHTS)
ALL = (*FILES, METRICS, CARD)
HUB = "hf://"
STATE = ("optimizer", "optimizers")  # groups of weights that are left out
# Of a clone of the repository, and of an installed package.
HOMES = (
    Path(__file__).parent.parent / "saved_models" / "presets",
    Path(sysconfig.get_path("data")) / "share" / "tfae" / "presets",
)


def names():
    """Names of the presets that come with the package, sorted."""
    found = {path.parent.name for home in HOMES for path in home.glob("*/config.json")}
    return sorted(found)


def folder_of(preset):
    """Folder of a preset by its name or path.

    Raises:
        ValueError: If there is no such folder, or it lacks files.
    """
    check_paths(preset=preset)
    path = Path(preset)
    named = [home / preset for home in HOMES if str(preset) == path.name]
    found = [one for one in (path, *named) if one.is_dir()]
    # A folder of another kind does not hide a preset of its name.
    found.sort(key=lambda one: not (one / archives.CONFIG).is_file())
    folder = next(iter(found), None)
    if folder is None:
        raise ValueError(
            f"There is no preset {preset}.{did_you_mean(str(preset), names())} Give "
            f"the folder of one, or one of {', '.join(names()) or 'none'}."
        )
    files.settle(folder)
    lacking = [name for name in FILES if not (folder / name).is_file()]
    if lacking:
        raise ValueError(
            f"{folder} is no preset. Received: a folder without {', '.join(lacking)}. "
            "Write one by model.save_to_preset."
        )
    return folder


def read(preset, custom_objects=None):
    """The Keras model of a preset.

    Args:
        preset: Name, path of a folder, or `"hf://user/name"` on the Hugging Face Hub.
        custom_objects: As for `tfae.load`.

    Raises:
        ValueError: If there is no such preset, it is damaged, or it holds code or
            unknown classes.
    """
    on_hub = str(preset).startswith(HUB)
    folder = _downloaded(str(preset)) if on_hub else folder_of(preset)
    with warnings.catch_warnings():
        # The optimizer starts anew.
        warnings.filterwarnings("ignore", "Skipping variable loading for optimizer")
        return stored_models.read(folder, custom_objects)


def _downloaded(preset):
    """Folder of a preset of the Hugging Face Hub, downloaded once, as Keras does it."""
    extras.check("hub", preset)
    import huggingface_hub

    try:
        folder = huggingface_hub.snapshot_download(
            repo_id=preset.removeprefix(HUB),
            library_name="keras",
            allow_patterns=[*ALL],
        )
    except Exception as error:  # of the network, the hub, and names
        reason = " ".join(str(error).split()) or type(error).__name__
        raise ValueError(f"{preset} could not be downloaded: {reason[:200]}") from error
    return folder_of(folder)


def write(model, folder, metrics=None, card=None):
    """Writes a model as a preset; its optimizers begin anew when it is loaded.

    Args:
        model: Built Keras model.
        folder: Folder to write to, created if missing.
        metrics: Dict for `metrics.json`, or `None`.
        card: Text of the model card, or `None`.

    Raises:
        ValueError: If the model is not built, or has parts that files of this layout do
            not hold, or its `get_config` leaves out an argument.
    """
    import keras

    check_paths(folder=folder)
    if not model.built:
        raise ValueError(
            "The model must be built. Received: a model that has seen no data. Call it "
            "on a batch, or fit it, before it is saved."
        )
    kept_arguments.check(model)
    check_place(folder)
    with files.replacing(folder, ALL) as beside:
        keras.saving.save_model(model, beside / "whole", zipped=False)
        assets = (beside / "whole" / "assets").rglob("*")
        if any(path.is_file() for path in assets):
            raise ValueError(
                "The model cannot be saved as a preset: it keeps files of its own, "
                "such as a vocabulary. Save it by tfae.saving.save."
            )
        for name in FILES[:2]:
            (beside / "whole" / name).replace(beside / name)
        _without_state(beside / "whole" / archives.WEIGHTS, beside / archives.WEIGHTS)
        metadata = json.loads((beside / METADATA).read_text())
        metadata["parameter_count"] = int(model.count_params())
        (beside / METADATA).write_text(json.dumps(metadata, indent=2) + "\n")
        _check_equal(model, beside)
        if metrics is not None:
            (beside / METRICS).write_text(json.dumps(metrics, indent=2) + "\n")
        if card is not None:
            (beside / CARD).write_text(card, encoding="utf-8")


def check_place(folder):
    """Raises `ValueError` if a preset would replace files that are not of a preset."""
    folder = Path(folder)
    if all((folder / name).is_file() for name in FILES):
        return
    there = [name for name in (*ALL, "model.keras") if (folder / name).exists()]
    if there:
        raise ValueError(
            f"{folder} is no preset, and has files that a preset would replace. "
            f"Received: a folder with {', '.join(there)}. Give another folder."
        )


def _without_state(source, target):
    """Copies a file of weights without the state of optimizers."""
    import h5py

    def copy(group, into):
        into.attrs.update(group.attrs)
        for name, entry in group.items():
            if not isinstance(entry, h5py.Group):
                group.copy(entry, into, name)
            elif name not in STATE:
                copy(entry, into.create_group(name))

    with h5py.File(source) as whole, h5py.File(target, "w") as kept:
        copy(whole, kept)


def _check_equal(model, folder):
    """Raises `ValueError` unless the preset in a folder is the model."""
    refused = "The model cannot be saved as a preset: {}. Save it by tfae.saving.save."
    try:
        again = read(folder).weights
    except ValueError as error:
        reason = "what was written does not load, as of a class that is not registered"
        raise ValueError(refused.format(f"{reason} or keeps texts")) from error
    same = partial(np.array_equal, equal_nan=True)
    pairs = zip(model.weights, again, strict=True)
    if not all(same(one.numpy(), other.numpy()) for one, other in pairs):
        raise ValueError(refused.format("it has weights that the files do not hold"))
