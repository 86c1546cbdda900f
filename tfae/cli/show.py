"""`tfae show`."""

import json

from tfae.cli.options import AsJSON, RecipeName
from tfae.cli.output import seconds_in_words
from tfae.cli.settings import as_option, parse_value


def show(
    recipe: RecipeName,
    as_json: AsJSON = False,
):
    """Show a recipe: what it trains, its settings as --set takes them, its source."""
    from tfae import recipes
    from tfae.recipes import settings
    from tfae.recipes.seconds import SECONDS

    chosen = recipes.get(recipe)
    given, defaults = settings.values(chosen)
    family = next(name for name, of in recipes.families().items() if chosen in of)
    seconds = SECONDS.get(chosen.name)
    if as_json:
        values = {name: parse_value(text or "none") for name, text in defaults.items()}
        about = {"family": family, "seconds": seconds, "settings": {**values, **given}}
        print(json.dumps({**chosen.as_json(), **about}, indent=2, default=str))
        return
    rows = {
        "family": family,
        "model": chosen.model,
        "network": chosen.network,
        "data": chosen.data or "your own: give --data",
        "training": f"{chosen.epochs} epochs, batches of {chosen.batch_size}, "
        f"learning rate {chosen.learning_rate:g}",
        "time": f"about {seconds_in_words(seconds)} on 2 cores" if seconds else None,
        "source": chosen.source,
    }
    print(f"{chosen.name}: {chosen.summary}\n")
    for name, value in rows.items():
        if value:
            print(f"  {name:<10}  {value}")
    for name, value, origin in chosen.references:
        print(f"  {'reference':<10}  {name} {value:g} ({origin})")
    print("\nSettings of this recipe, as --set takes them:")
    for name, value in given.items():
        print(f"  {as_option(name, value)}")
    print("\nSettings at their defaults:")
    for name, text in defaults.items():
        print(f"  {as_option(name, parse_value(text or 'none'))}")
    if chosen.detection:
        data = chosen.data or "DATA"
        print(f"\nTrain it: tfae detect train {data} --recipe {chosen.name}")
    else:
        data = "" if chosen.data else " --data DATA"
        print(f"\nTrain it: tfae train {chosen.name}{data}")
