"""Benefit of pretraining with few labels: fine-tuning against random weights."""

from collections.abc import Callable, Sequence
from typing import Any

import keras
import numpy as np

from tfae import datasets, fine_tuning, networks
from tfae.arguments import check_integers, check_positive, is_integer
from tfae.fine_tuning.choosing import balanced, usual_counts
from tfae.types import Array, History, Model

BATCH_SIZE = 100
MOST_SEEDS = 10_000
STEPS = 2000  # per training, unless the number of epochs is given


def compare(
    autoencoder: Model,
    split,
    counts: Sequence[int | str] | None = None,
    seeds: int | Sequence[int] = 5,
    train: str | int = "all",
    encoder_rate: float = 1.0,
    epochs: int | None = None,
    learning_rate: float = 0.001,
    batch_size: int = BATCH_SIZE,
    on_result: Callable[..., Any] | None = None,
    verbose: int | str = 0,
) -> list[dict[str, Any]]:
    """Errors of classifiers with few labels, from the autoencoder and from scratch.

    For each number of labels and each seed, a class-balanced subset of the training
    part is drawn, and the same network is trained on it twice: with the encoder's
    weights and with random ones. The second is always trained as a whole.

    Args:
        autoencoder: Built `tfae.Autoencoder`, trained without labels.
        split: `tfae.datasets.Split` with labels.
        counts: Sequence of integers, numbers of labels; `"all"` for every label; or
            `None` for those of 100, 600, 1,000 and 3,000 that the data have.
        seeds: Positive integer, number of subsets and random initializations for each
            number of labels; or a sequence of seeds.
        train: Trained part of the pretrained classifier, as for
            `fine_tuning.classifier`.
        encoder_rate: As for `fine_tuning.classifier`, for the pretrained classifier.
        epochs: Integer, or `None` for enough epochs for 2,000 steps, at least 10.
        learning_rate: Float, initial rate of Adam; cosine decay reduces it to a
            hundredth.
        batch_size: Positive integer.
        on_result: Function to call with each new row, or `None`.
        verbose: As for `fit`.

    Returns:
        List of dicts: `labels`, `seed`, and the test errors `pretrained` and `scratch`.

    Raises:
        ValueError: If the split has no labels, or a class of the test part that is not
            in the training part, or an argument is outside its range.

    Example:
    >>> split = tfae.datasets.load("digits")
    >>> stack = tfae.StackedAutoencoder(64, [16, 8])
    >>> stack.build((None, 64))
    >>> rows = tfae.few_labels.compare(stack, split, counts=[50], seeds=1, epochs=2)
    >>> list(rows[0])
    ['labels', 'seed', 'pretrained', 'scratch']
    """
    train_labels, test_labels = classes_of(split)
    counts = usual_counts(train_labels) if counts is None else counts
    check_positive(learning_rate=learning_rate)
    check_integers(batch_size=batch_size)
    if epochs is not None:
        check_integers(epochs=epochs)
    if is_integer(seeds):
        check_integers(most=MOST_SEEDS, seeds=seeds)
    drawn = range(seeds) if is_integer(seeds) else seeds
    if not isinstance(drawn, (list, tuple, range)) or not drawn:
        raise ValueError(
            "`seeds` must be a positive integer, or a list of integers. Received: "
            f"seeds={seeds!r}"
        )
    rows = []
    for (_, seed), chosen in subsets(split, counts, drawn).items():
        row = {"labels": len(chosen), "seed": seed}
        for name, pretrained in (("pretrained", True), ("scratch", False)):
            keras.utils.set_random_seed(seed)
            model = fine_tuning.classifier(
                autoencoder if pretrained else _fresh(autoencoder),
                int(train_labels.max()) + 1,
                train if pretrained else "all",
                encoder_rate if pretrained else 1.0,
            )
            fit(
                model,
                split.train.inputs[chosen],
                train_labels[chosen],
                seed,
                epochs,
                learning_rate,
                batch_size,
                verbose,
            )
            scores = model.evaluate(
                split.test.inputs, test_labels, batch_size=1000, verbose=0
            )
            row[name] = 1 - scores[1]
        rows.append(row)
        if on_result:
            on_result(row)
    return rows


def summary(rows) -> list[dict[str, Any]]:
    """Results of `compare` for each number of labels, over the seeds.

    Returns:
        List of dicts: `labels`, the number of `seeds`, and as
        `pretrained_error_rate` and `scratch_error_rate` the mean test error rate of
        each contestant with the lowest and the highest, as text.
    """
    found = []
    for count in sorted({row["labels"] for row in rows}):
        chosen = [row for row in rows if row["labels"] == count]
        entry = {"labels": count, "seeds": len(chosen)}
        for name in ("pretrained", "scratch"):
            errors = [row[name] for row in chosen]
            spread = f"{min(errors):.4f}–{max(errors):.4f}"
            entry[f"{name}_error_rate"] = f"{np.mean(errors):.4f} ({spread})"
        found.append(entry)
    return found


def subsets(split, counts: Sequence[int | str], seeds: int | Sequence[int]):
    """The chosen examples for each number of labels and each seed.

    Returns:
        Dict from (count, seed) to indices into the training part.

    Raises:
        ValueError: As for `compare`.
    """
    classes_of(split)  # raises without labels
    labels = split.train.labels  # the user's names, for an error about a rare class
    return {
        (count, seed): np.arange(len(labels))
        if count == "all"
        else balanced(labels, count, seed)
        for count in counts
        for seed in seeds
    }


def fit(
    model: Model,
    inputs: Array,
    labels: Array,
    seed: int = 0,
    epochs: int | None = None,
    learning_rate: float = 0.001,
    batch_size: int = BATCH_SIZE,
    verbose: int | str = 0,
) -> History:
    """Compiles and trains a classifier on arrays, as `compare` does."""
    size = min(batch_size, len(inputs))
    steps = len(inputs) // size
    epochs = max(10, -(-STEPS // steps)) if epochs is None else epochs
    # Several passes as one Keras epoch, since each epoch costs as much as many steps.
    passes = max(n for n in range(1, max(1, 100 // steps) + 1) if epochs % n == 0)
    schedule = keras.optimizers.schedules.CosineDecay(
        learning_rate, epochs * steps, alpha=0.01
    )
    model.compile(
        keras.optimizers.Adam(schedule),
        "sparse_categorical_crossentropy",
        metrics=["accuracy"],
        jit_compile=False,  # XLA would take longer than most of these trainings
        steps_per_execution=min(64, passes * steps),
    )
    batches = datasets.batches(inputs, size, labels, seed=seed, drop_remainder=True)
    return model.fit(
        batches.repeat(passes),
        epochs=epochs // passes,
        shuffle=False,
        verbose=verbose,
    )


def classes_of(split):
    """Labels of the training and the test part as integers from 0.

    Raises:
        ValueError: If there are none, or if one occurs only in the test part.
    """
    if split.train.labels is None or split.test.labels is None:
        raise ValueError(f"{split.name} has no labels, and a classifier needs some.")
    classes, train = np.unique(split.train.labels, return_inverse=True)
    unknown = np.setdiff1d(split.test.labels, classes)
    if unknown.size:
        raise ValueError(
            f"{split.name} has the class {unknown[0]} only in its test part, so that "
            "it cannot be learned."
        )
    return train, np.searchsorted(classes, split.test.labels)


def _fresh(autoencoder):
    """The same networks with newly initialized weights."""
    fresh = type(autoencoder).from_config(autoencoder.get_config())
    fresh.build((None, *autoencoder.example_shape))
    # Both contestants see the same inputs: adapted layers are not trained.
    networks.copy_adapted(autoencoder, fresh)
    return fresh
