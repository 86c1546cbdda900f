"""Every recipe's export through TensorFlow's C++ loader, against the model in Keras.

The loader is the one that TF Serving uses; it runs in a process of its own, without
TensorFlow's Python. Prints, by recipe and signature, the largest difference of any
output for batches of 1, 7 and 256, relative to the largest value of the output.

    python benchmarks/serving.py [RECIPE ...]
"""

import argparse
import sys
import tempfile
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from tfae import recipes
from tfae.export import agreement, export, servability
from tfae.recipes import building

BATCHES = (1, 7, 256)
LARGEST_DIFFERENCE = 1e-6
FEATURES = {"digits": 64, "mnist": 784}


def differences(recipe):
    """Dict from (signature, batch size) to the relative difference."""
    keras.utils.set_random_seed(0)
    model = building.build(recipe, (FEATURES[recipe.data],))
    generator = np.random.default_rng(0)
    cases, expected = [], []
    for size in BATCHES:
        inputs = generator.random((size, *model.example_shape), dtype="float32")
        values = model.serving_examples(inputs)
        for name, signature in model.serving_signatures().items():
            arrays = {key: np.asarray(values[key]) for key in signature.inputs}
            cases.append((name, arrays))
            expected.append(signature.function(*map(tf.constant, arrays.values())))
    with tempfile.TemporaryDirectory() as folder:
        path = export(model, Path(folder) / "model", check=False)
        served = servability.run_in_c(path, cases)
    found = {}
    for (name, arrays), ours, theirs in zip(cases, expected, served, strict=True):
        assert set(theirs) == set(ours)
        size = len(next(iter(arrays.values())))
        found[name, size] = np.max(
            [agreement.relative_difference(theirs[key], ours[key]) for key in ours]
        )
    return found


def main():
    """Prints the table; exits with 1 if any difference is too large."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("recipes", nargs="*", help="by default all")
    options = parser.parse_args()
    worst = 0
    print(f"{'recipe':32}{'signature':18}" + "".join(f"{n:>10}" for n in BATCHES))
    for name in options.recipes or recipes.RECIPES:
        found = differences(recipes.get(name))
        for signature in dict.fromkeys(signature for signature, _ in found):
            row = [found[signature, size] for size in BATCHES]
            worst = float(np.max([worst, *row]))
            shown = "".join(f"{value:10.1e}" for value in row)
            print(f"{name:32}{signature:18}{shown}", flush=True)
    print(f"largest difference {worst:.1e}; allowed {LARGEST_DIFFERENCE:.0e}")
    sys.exit(not worst <= LARGEST_DIFFERENCE)  # NaN fails, too


if __name__ == "__main__":
    main()
