"""What to train on what, and what should come out: plain data, a family a file."""

import difflib

from tfae.recipes import plain, pretrained, quick, regularized, variational
from tfae.recipes.recipe import Recipe

__all__ = ["RECIPES", "Recipe", "get"]

RECIPES = {
    recipe.name: recipe
    for family in (plain, regularized, pretrained, variational, quick)
    for recipe in family.RECIPES
}


def get(name):
    """The recipe called `name`.

    Raises:
        ValueError: If there is none; the error lists those there are.
    """
    if name not in RECIPES:
        near = difflib.get_close_matches(name, RECIPES, n=1)
        hint = f" Did you mean {near[0]}?" if near else ""
        raise ValueError(
            f"There is no recipe {name!r}.{hint} Recipes: {', '.join(RECIPES)}"
        )
    return RECIPES[name]
