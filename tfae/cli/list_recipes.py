"""`tfae list`."""

from rich.table import Table

from tfae.cli.output import console


def list_recipes():
    """List the recipes with their source and expected figures."""
    from tfae.recipes import RECIPES

    table = Table("recipe", "what it is", "source", "expected")
    table.columns[0].no_wrap = True
    for recipe in RECIPES.values():
        expected = [
            f"{name} {value:g} ({origin})" for name, value, origin in recipe.references
        ]
        table.add_row(recipe.name, recipe.summary, recipe.source, "\n".join(expected))
    console.print(table)
