"""Losses of recipes on several replicas and on one device, as JSON; run by a test.

python tests/replicas.py REPLICAS RECIPE ...

Before the name of a recipe, `uneven:` trains on 9 examples in batches of 4, whose last
part leaves a replica without an example, and `several:` takes four steps at once.
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


def uneven(recipe, strategy=None):
    """Losses of training and validation where the last batch has one example."""
    keras.utils.set_random_seed(1)
    recipe = dataclasses.replace(recipe, jit_compile=False)
    inputs, labels = contract.samples(recipe)[:9], contract.told(recipe)
    labels = None if labels is None else labels[:9]
    with devices.scope(strategy):
        model = building.build(recipe, inputs.shape[1:])
        building.compile_model(model, recipe)
    data = datasets.batches(inputs, 4, labels, shuffle=False)
    options = {"epochs": 2, "shuffle": False, "verbose": 0, "validation_data": data}
    history = model.fit(data, **options).history
    return [history["loss"][-1], history["val_loss"][-1]]


def several(recipe, strategy=None):
    """Takes several steps in one call."""
    with devices.scope(strategy):
        model = building.build(recipe, (64,))
        model.compile("adam", "mse", steps_per_execution=4, jit_compile=False)
    model.fit(contract.samples(recipe), verbose=0)


def main(replicas, *names):
    """Prints the losses of recipes by name: of replicas, and of one device."""
    devices.prepare(int(replicas))
    found = {}
    for name in names:
        how, _, recipe = name.rpartition(":")
        measure = {"uneven": uneven, "several": several}.get(how, loss)
        recipe = recipes.get(recipe)
        pair = []
        for strategy in (devices.strategy(int(replicas)), None):
            try:
                pair.append(measure(recipe, strategy))
            except Exception as error:
                pair.append(f"{type(error).__name__}: {' '.join(str(error).split())}")
        found[name] = pair
        print(name, pair, file=sys.stderr, flush=True)
    print(json.dumps(found))


if __name__ == "__main__":
    main(*sys.argv[1:])
