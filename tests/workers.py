"""Losses of recipes on the workers of TF_CONFIG, as JSON; run by a test.

python tests/workers.py RECIPE ...
"""

import json
import sys

import replicas

from tfae import recipes
from tfae.training import devices


def main(*names):
    """Prints the loss of each recipe by name, or its error."""
    devices.prepare()
    found = {}
    for name in names:
        try:
            found[name] = replicas.loss(recipes.get(name), devices.strategy(None))
        except Exception as error:
            found[name] = f"{type(error).__name__}: {' '.join(str(error).split())}"
        print(name, found[name], file=sys.stderr, flush=True)
    print(json.dumps(found))


if __name__ == "__main__":
    main(*sys.argv[1:])
