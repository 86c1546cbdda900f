"""Comparison of the settings of runs, for resumption and longer training."""

from tfae.arguments import is_integer

# Fields of a recipe that a run does not depend on.
DESCRIPTIVE = ("summary", "source", "references", "space")
# Fields that depend on the number of epochs, or act after training.
AGAINST = {
    "decay": "its learning rate decays over all epochs",
    "patience": "it ended with the weights of its best epoch",
    "pretraining": "its epochs are phases of pretraining",
    "prior": "a prior of its codes was trained after it",
    "fine_tuning": "classifiers were made of it after training",
    "averages": "its weights became their averages at the end",
}


def changed(before, after):
    """Names of the settings in `after` that differ from those of an earlier run."""
    return [
        name
        for name in after
        if name not in DESCRIPTIVE and after[name] != before.get(name)
    ]


def check_longer(before, after):
    """Raises `ValueError` unless a run of settings `before` can continue as `after`.

    Args:
        before: Dict of the settings of the finished run, from its `metrics.json`.
        after: Dict of the requested settings, with more epochs.

    Raises:
        ValueError: If settings other than the epochs differ, or the result would differ
            from a run of as many epochs from the beginning.
    """
    if not isinstance(before, dict) or not is_integer(before.get("epochs")):
        raise ValueError(
            "The finished run does not name its settings, and so it cannot be trained "
            "on. Use resume=False to train from the beginning."
        )
    names = changed(before, after)
    if names != ["epochs"]:
        others = ", ".join(
            f"{name}={before.get(name)}" for name in names if name != "epochs"
        )
        raise ValueError(
            f"The finished run has other settings: {others}. Train it on with the same "
            "ones, or use resume=False to train from the beginning."
        )
    if after["epochs"] < before["epochs"]:
        raise ValueError(
            f"The finished run has had {before['epochs']} epochs already. Received: "
            f"epochs={after['epochs']}. Give more, or use resume=False to train from "
            "the beginning."
        )
    averages = after.get("optimizer_arguments", {}).get("use_ema")
    for name, reason in AGAINST.items():
        if {"averages": averages, **after}.get(name):
            raise ValueError(
                f"The finished run cannot be trained on, since {reason}. Use "
                f"resume=False with epochs={after['epochs']} to train from the "
                "beginning."
            )
