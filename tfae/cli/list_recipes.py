"""`tfae list`."""

import json
import shutil
from typing import Annotated

import typer

from tfae.cli.options import AsJSON
from tfae.cli.output import seconds_in_words

NARROWEST = 12  # characters of a summary


def _family_names(incomplete):
    """Names of families with a prefix, for shell completion."""
    from tfae import recipes

    return [name for name in recipes.families() if name.startswith(incomplete)]


def list_recipes(
    family: Annotated[
        str | None,
        typer.Option(
            help="Only the recipes of this family, a heading of the list, such as "
            "sparse.",
            autocompletion=_family_names,
        ),
    ] = None,
    as_json: AsJSON = False,
):
    """List the recipes by family, with their recorded time of training on 2 cores."""
    from tfae import recipes
    from tfae.recipes.seconds import SECONDS
    from tfae.suggestions import did_you_mean

    families = recipes.families()
    if family is not None:
        if family not in families:
            near = did_you_mean(family, families)
            raise ValueError(
                f"There is no family {family!r}.{near} Families: {', '.join(families)}"
            )
        families = {family: families[family]}
    if as_json:
        rows = [
            {
                "name": one.name,
                "family": name,
                "summary": one.summary,
                "data": one.data,
                "seconds": SECONDS.get(one.name),
                "source": one.source,
            }
            for name, listed in families.items()
            for one in listed
        ]
        print(json.dumps(rows, indent=2))
        return
    width = shutil.get_terminal_size((80, 24)).columns
    for name, listed in families.items():
        print(f"{name}:")
        longest = max(len(one.name) for one in listed)
        for one in listed:
            time = seconds_in_words(SECONDS.get(one.name))
            row = f"  {one.name:<{longest}}  {time:>6}  "
            print(row + _cut(one.summary, max(NARROWEST, width - len(row))))
    print("\nSettings and sources of one: tfae show RECIPE")


def _cut(text, width):
    return text if len(text) <= width else f"{text[: width - 1].rstrip()}…"
