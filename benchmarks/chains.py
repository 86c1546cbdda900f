"""Compares generative stochastic networks that walk back, and some that do not.

Runs that differ in their seed alone are of one kind, whose figures are averaged. Those
with one step do not walk back; with no hidden noise either, they are denoising
autoencoders. For each seed, $s:

    r="tfae train generative_stochastic_mnist --epochs 10 --seed $s"
    $r --output runs/back_$s
    $r --output runs/one_$s --set steps=1
    $r --output runs/plain_$s --set steps=1 --set hidden_noise=0.0
    python benchmarks/chains.py RUN… [--classifier FILE] [--record docs/chains.json]
"""

import argparse
import json
from pathlib import Path

import numpy as np
from generative import SEED, classifier

from tfae.cli.loading import load_model_and_data
from tfae.evaluation import samples

COUNT = 10_000  # samples of the Parzen windows
STEPS, BURN_IN, WALK_SEED = 1000, 100, 1  # of the chain whose classes are counted


def measure(model, split, judge):
    """Figures of one chain of `COUNT` samples, and of one of `STEPS` steps."""
    drawn = np.asarray(model.sample(COUNT, seed=SEED))
    walk = np.asarray(model.sample(STEPS, steps=1, burn_in=BURN_IN, seed=WALK_SEED))
    images = walk.reshape(-1, 28, 28, 1)
    labels = judge.predict(images, batch_size=500, verbose=0).argmax(axis=1)
    return {
        **samples.parzen(drawn, split),
        "classes": samples.classes_visited(labels),
        "mixing": samples.mixing(labels),
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("runs", nargs="+", type=Path, metavar="RUN")
    parser.add_argument("--classifier", type=Path, default=Path("classifier.keras"))
    parser.add_argument("--record", type=Path)
    options = parser.parse_args()
    judge, found = classifier(options.classifier), []
    for path in options.runs:
        model, split, name = load_model_and_data(path, None)
        metrics = json.loads((path / "metrics.json").read_text())
        found.append(
            {
                "recipe": name,
                "steps": model.steps,
                "hidden_noise": model.hidden_noise,
                "epochs": metrics["epochs"],
                "seed": metrics["settings"]["seed"],
                **measure(model, split, judge),
            }
        )
        print(json.dumps(found[-1]), flush=True)
    if options.record:
        options.record.write_text(json.dumps(found, indent=2) + "\n")


if __name__ == "__main__":
    main()
