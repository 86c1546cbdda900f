"""Preparation of a run: a recipe and its data, checked before any training."""

import dataclasses
from functools import partial
from pathlib import Path

import keras

from tfae import arguments, datasets
from tfae.callbacks import tensorboard as boards
from tfae.evaluation import probes
from tfae.fine_tuning import few_labels
from tfae.models.preparing import prepared
from tfae.recipes import Recipe, building
from tfae.training import delivering, devices, fitting, folder


@dataclasses.dataclass(frozen=True)
class Job:
    """A recipe with its data and output folder, ready to run.

    Attributes:
        recipe: `tfae.recipes.Recipe`, adapted to the data.
        split: `tfae.datasets.Split`, prepared for the model.
        raw: `Split` before scaling, prepared for the delivered model.
        preprocessing: Layer that scales examples, or `None`.
        output: Folder of the run.
        seed: Integer, seed of weights, batches and noise.
        verbose: As for `keras.Model.fit`.
        callbacks: Callbacks of the training.
        settings: Dict of all settings of the run, as JSON values.
        strategy: `tf.distribute.Strategy` of several replicas, or `None`.
    """

    recipe: Recipe
    split: datasets.Split
    raw: datasets.Split
    preprocessing: keras.layers.Layer | None
    output: Path
    seed: int
    verbose: str | int
    callbacks: tuple
    settings: dict
    strategy: object


def prepare(
    recipe,
    output,
    split=None,
    seed=0,
    verbose="auto",
    callbacks=(),
    tensorboard=None,
    replicas=None,
):
    """The `Job` of a run; arguments as for `run`."""
    _check_kinds(recipe, output, split)
    folder.check(output)
    probes.check(recipe.probes)
    arguments.check_seed(seed=seed)
    devices.check(replicas, recipe.batch_size, tensorboard)
    if split is None:
        if recipe.data is None:
            raise ValueError(
                f"{recipe.name} names no data. Received: data=None. Give `split`, or a "
                "recipe with data."
            )
        split = datasets.read(
            recipe.data, recipe.validation, not recipe.keep_shape, recipe.reading
        )
        if datasets.is_streamed(split):  # for its size, too, which is not in a recipe
            recipe = dataclasses.replace(recipe, **split.source)
    else:
        # Readers of the run need these; references only apply to the recipe's own data.
        source = split.source or dict.fromkeys(("data", "validation", "reading"))
        references = recipe.references if source["data"] == recipe.data else ()
        recipe = dataclasses.replace(recipe, references=references, **source)
    datasets.check_varied(split)
    split = raw = delivering.of_normal(
        recipe, datasets.binarize(split, recipe.binarize)
    )
    preprocessing = building.preprocessing(recipe, split)
    if preprocessing is not None:
        split = datasets.mapped(split, partial(prepared, preprocessing))
    if recipe.fine_tuning:  # refused before the training
        few_labels.subsets(split, recipe.fine_tuning["counts"], [seed])
    fitting.known_labels(recipe, split, seed)
    sizes = [len(part.inputs) for part in (split.train, split.valid, split.test)]
    settings = {**recipe.as_json(), "seed": int(seed), "examples": sizes}
    settings["files"] = datasets.fingerprint(split)
    settings["replicas"] = replicas
    if tensorboard is not None:
        callbacks = [*callbacks, _board(tensorboard, split)]
    return Job(
        recipe,
        split,
        raw,
        preprocessing,
        Path(output),
        int(seed),
        verbose,
        tuple(callbacks),
        settings,
        devices.strategy(replicas),
    )


def _board(folder, split):
    """TensorBoard of the validation part, or of the training part without one."""
    part = split.valid if len(split.valid.inputs) else split.train
    examples = part.inputs[: boards.MAPPED]
    return boards.TensorBoard(folder, examples, split.image_shape, part.labels)


def _check_kinds(recipe, output, split):
    arguments.check_paths(output=output)
    if not isinstance(recipe, Recipe):
        raise ValueError(
            "`recipe` must be a tfae.recipes.Recipe, such as tfae.recipes.get("
            f'"leaky_relu_digits"). Received: recipe={arguments.shortened(recipe)}'
        )
    if not isinstance(split, datasets.Split | None):
        raise ValueError(
            "`split` must be a tfae.datasets.Split, or none. Received: an object of "
            f"type {type(split).__name__}. Make one by tfae.datasets.load."
        )
