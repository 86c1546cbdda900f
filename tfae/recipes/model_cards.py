"""Model cards, and the folder of a preset that is made of a run."""

import json
from pathlib import Path

from tfae import export, files, presets
from tfae.recipes import RECIPES

# Of a run's metrics.json; the others are of its folder or of its machine.
KEPT = ("recipe", "figures", "references", "epochs", "examples", "settings", "versions")
# Figures that a card shows, in this order, of those that there are.
SHOWN = (
    *("test_loss", "test_mse", "pca_test_mse", "test_nll", "auroc"),
    *("average_precision", "detection_rate", "false_alarm_rate", "accuracy"),
)


def publish(model, metrics_file, folder, examples) -> list:
    """Writes a trained model as a preset, with a model card and a served version.

    Args:
        model: Trained model.
        metrics_file: Path of the `metrics.json` of its run.
        folder: Folder of the preset, created if missing.
        examples: Array of inputs of the model, for the warm-up of the served version.

    Returns:
        Paths of what was written.

    Raises:
        ValueError: If the metrics are not those of a run.
    """
    folder = Path(folder)
    try:
        found = files.read_json(metrics_file)
        metrics = {name: found[name] for name in KEPT}
        metrics["settings"] = _shared(metrics["settings"])
        text = card(metrics, folder.resolve().name, type(model).__name__)
    except (AttributeError, KeyError, TypeError) as error:
        raise ValueError(f"{metrics_file} was not written by tfae.") from error
    presets.write(model, folder, metrics, text)
    version = export.export(model, folder, examples=examples)
    return [*(folder / name for name in presets.ALL), version]


def card(metrics: dict, name: str, model: str) -> str:
    """Text of the model card of a run, in Markdown, with the header of the Hub.

    Args:
        metrics: Dict of the run's `metrics.json`.
        name: Name of the preset.
        model: Name of the model's class.
    """
    settings, figures = metrics["settings"], metrics["figures"]
    train, valid, test = metrics["examples"]
    data = settings["data"]
    recipe = RECIPES.get(metrics["recipe"])
    changed = {} if recipe is None else _changed(recipe, settings)
    rows = [f"| {key} | {figures[key]:.4g} |" for key in SHOWN if key in figures]
    told = [f"- {key} `{value:.4g}`: {origin}" for key, value, origin in _told(metrics)]
    trained = f"{metrics['epochs']} epochs in batches of {settings['batch_size']}"
    lines = [
        "---",
        "library_name: keras",
        "tags: [tfae, autoencoder]",
        "---",
        "",
        f"# {name}",
        "",
        f"{settings['summary']}. A `tfae.{model}`, trained by the recipe "
        f"`{metrics['recipe']}` of tfae {metrics['versions']['tfae']} on {data}.",
        "",
        "```python",
        "import tfae",
        "",
        f'model = tfae.from_preset("{name}")  # or the path of this folder',
        "```",
        "",
        "## Figures",
        "",
        f"Measured after training, on {test:,} test examples.",
        "",
        "| figure | value |",
        "| --- | ---: |",
        *rows,
        *(["", "References:", "", *told] if told else []),
        "",
        "## Training",
        "",
        f"{train:,} examples of {data}, {valid:,} for validation; {trained}, seed "
        f"{settings['seed']}. Source: {settings['source']}.",
        *(["", f"Changed settings: `{json.dumps(changed)}`."] if changed else []),
        "",
        "## Limits",
        "",
        f"The model knows {data} alone: other data of the same shape are rebuilt, "
        "scored and sampled as if they were of the same kind. The state of the "
        "optimizer is not included.",
        "",
    ]
    return "\n".join(lines)


def _shared(settings):
    """Settings without the paths and fingerprints of private data."""
    kept = {name: one for name, one in settings.items() if name != "files"}
    return {**kept, "data": Path(str(settings["data"])).name}


def _told(metrics):
    """The references of a run: triples of a figure, a value and its origin."""
    return [one for one in metrics["references"] if isinstance(one[1], (int, float))]


def _changed(recipe, settings):
    """Settings that differ from those of the recipe."""
    own = json.loads(json.dumps(recipe.as_json()))
    left_out = ("summary", "source", "references", "validation", "data", "reading")
    return {
        name: settings[name]
        for name in own
        if name in settings and name not in left_out and settings[name] != own[name]
    }
