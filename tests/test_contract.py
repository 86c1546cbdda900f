"""One suite over all recipes: a new variant is tested by adding its recipe."""

import inspect
import os

import contract
import pytest

from tfae.recipes import RECIPES, regularized

# The regularised family is tested by its recipes on the digits; TFAE_CONTRACT=all adds
# those on MNIST, which are the same classes in sizes that take minutes.
LARGE = () if os.environ.get("TFAE_CONTRACT") == "all" else regularized.RECIPES
CHOSEN = [recipe for recipe in RECIPES.values() if recipe not in LARGE]


@pytest.mark.parametrize("check", contract.CHECKS, ids=lambda check: check.__name__)
@pytest.mark.parametrize("recipe", CHOSEN, ids=lambda recipe: recipe.name)
def test_contract(recipe, check, tmp_path):
    arguments = [recipe, contract.new_model(recipe), contract.samples(recipe)]
    if "folder" in inspect.signature(check).parameters:
        arguments.append(tmp_path)
    check(*arguments)
