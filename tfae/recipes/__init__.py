"""What to train on what, and what should come out: plain data, a family a file."""

import difflib

from tfae.arguments import check_names
from tfae.recipes import (
    adversarial,
    convolutional,
    detection,
    generative,
    neighbourhoods,
    pixels,
    plain,
    pretrained,
    quick,
    regularized,
    scripts,
    sequences,
    sparse,
    texts,
    variational,
)
from tfae.recipes.recipe import Recipe, layer

__all__ = ["RECIPES", "Recipe", "get", "layer", "register"]

FAMILIES = (
    plain,
    sparse,
    regularized,
    pretrained,
    variational,
    convolutional,
    adversarial,
    generative,
    neighbourhoods,
    texts,
    pixels,
    sequences,
    detection,
    scripts,
    quick,
)
RECIPES = {recipe.name: recipe for family in FAMILIES for recipe in family.RECIPES}


def get(name: str) -> Recipe:
    """The recipe called `name`.

    Raises:
        ValueError: If there is none; the error lists those there are.

    Example:
    >>> recipe = tfae.recipes.get("leaky_relu_digits")
    >>> recipe.arguments["hidden_units"]
    (256, 128, 12)
    """
    check_names(name=name)
    if name not in RECIPES:
        near = difflib.get_close_matches(name, RECIPES, n=1)
        hint = f" Did you mean {near[0]}?" if near else ""
        raise ValueError(
            f"There is no recipe {name!r}.{hint} Recipes: {', '.join(RECIPES)}"
        )
    return RECIPES[name]


def register(recipe: Recipe) -> Recipe:
    """Adds a recipe of your own to those that the commands know; returns it.

    Args:
        recipe: `Recipe` of a name that no other has. Its `model` and `network` may be
            import paths.

    Raises:
        ValueError: If there is a recipe of that name.

    Example:
    >>> mine = tfae.recipes.register(
    ...     tfae.recipes.Recipe(
    ...         name="narrow_digits",
    ...         summary="64-4-64",
    ...         model="StackedAutoencoder",
    ...         arguments={"hidden_units": (4,)},
    ...         data="digits",
    ...         source="an example",
    ...     )
    ... )
    """
    if RECIPES.setdefault(recipe.name, recipe) != recipe:
        raise ValueError(
            f"There is a recipe {recipe.name!r} already. Give yours another name."
        )
    return recipe
