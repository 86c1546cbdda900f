"""Classes and builders by the names that recipes give them."""

from importlib import import_module


def find(name, home, what):
    """What `name` stands for: something of the module `home`, or of an import path.

    Args:
        name: Name in `home`, such as `"Autoencoder"`; or a path, such as
            `"my_models.MyAutoencoder"`, whose module is imported.
        home: Module of this package.
        what: What it is, for the message.

    Raises:
        ValueError: If there is no such thing.
    """
    module, _, last = name.rpartition(".")
    try:
        found = getattr(import_module(module) if module else home, last)
    except (ImportError, AttributeError) as error:
        raise ValueError(
            f"There is no {what} {name!r}. Give a name of {home.__name__}, or the "
            "import path of your own, such as my_module.MyClass, in a module that can "
            "be imported."
        ) from error
    if not callable(found):
        raise ValueError(f"{name} is no {what}. Received: {found!r}")
    return found
