"""Losses of recipes on several replicas and on one device, as JSON; run by a test.

python tests/replicas.py REPLICAS RECIPE ...
"""

import dataclasses
import json
import sys

import contract
import keras

from tfae import datasets, recipes
from tfae.recipes import building
from tfae.training import devices

STEPS, BATCH = 50, 32


def loss(recipe, strategy=None):
    """Loss of the last of 50 steps, of batches of 32."""
    keras.utils.set_random_seed(1)
    recipe = dataclasses.replace(recipe, jit_compile=False)
    inputs = contract.samples(recipe)
    with devices.scope(strategy):
        model = building.build(recipe, inputs.shape[1:])
        if hasattr(model, "adapt"):
            model.adapt(inputs)
        building.compile_model(model, recipe)
    data = datasets.batches(inputs, BATCH, contract.told(recipe), shuffle=False)
    epochs = STEPS // (len(inputs) // BATCH)
    history = model.fit(data, epochs=epochs, shuffle=False, verbose=0)
    return history.history["loss"][-1]


def main(replicas, *names):
    """Prints the losses of recipes by name: of replicas, and of one device."""
    devices.prepare(int(replicas))
    found = {}
    for name in names:
        recipe = recipes.get(name)
        pair = []
        for strategy in (devices.strategy(int(replicas)), None):
            try:
                pair.append(loss(recipe, strategy))
            except Exception as error:
                pair.append(f"{type(error).__name__}: {' '.join(str(error).split())}")
        found[name] = pair
        print(name, pair, file=sys.stderr, flush=True)
    print(json.dumps(found))


if __name__ == "__main__":
    main(*sys.argv[1:])
