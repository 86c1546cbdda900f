"""Recipes: models, data and expected figures as plain data, one file per family."""

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
from tfae.suggestions import did_you_mean

__all__ = ["RECIPES", "Recipe", "families", "get", "layer", "register"]

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
        ValueError: If it does not exist; the error suggests a similar name.
    """
    check_names(name=name)
    if name not in RECIPES:
        near = did_you_mean(name, RECIPES)
        every = "" if near else " See tfae.recipes.RECIPES."
        raise ValueError(f"There is no recipe {name!r}.{near}{every}")
    return RECIPES[name]


def families():
    """Recipes by family: dict from names such as `"sparse"` to lists of recipes.

    Registered recipes form the family `"own"`.

    Example:
    >>> [recipe.name for recipe in tfae.recipes.families()["texts"]]
    ['text_newsgroups', 'text_linear_newsgroups', 'text_binary_newsgroups']
    """
    found = {
        family.__name__.rpartition(".")[2]: [*family.RECIPES] for family in FAMILIES
    }
    known = {recipe.name for recipes in found.values() for recipe in recipes}
    own = [recipe for name, recipe in RECIPES.items() if name not in known]
    return found | ({"own": own} if own else {})


def register(recipe: Recipe) -> Recipe:
    """Registers your own recipe, so that the commands find it; returns it.

    Args:
        recipe: `Recipe` with a unique name. Its `model` and `network` may be import
            paths.

    Raises:
        ValueError: If the name is taken.

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
            f"There is already a recipe {recipe.name!r}. Choose another name."
        )
    return recipe
