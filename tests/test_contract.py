"""One suite over all recipes: a new variant is tested by adding its recipe."""

import inspect

import contract
import pytest

from tfae.recipes import RECIPES


@pytest.mark.parametrize("check", contract.CHECKS, ids=lambda check: check.__name__)
@pytest.mark.parametrize("recipe", RECIPES.values(), ids=lambda recipe: recipe.name)
def test_contract(recipe, check, tmp_path):
    arguments = [recipe, contract.new_model(recipe), contract.samples(recipe)]
    if "folder" in inspect.signature(check).parameters:
        arguments.append(tmp_path)
    check(*arguments)
