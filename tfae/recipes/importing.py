"""Classes and builders by their names in recipes."""

from importlib import import_module


def find(name, home, what):
    """Resolves a name in the module `home`, or an import path.

    Args:
        name: Name in `home`, such as `"Autoencoder"`; or a path, such as
            `"my_models.MyAutoencoder"`, whose module is imported.
        home: Module of this package.
        what: Noun for the message.

    Raises:
        ValueError: If the name does not exist, or its module cannot be imported.
    """
    module, _, last = name.rpartition(".")
    found = getattr(_import(module) if module else home, last, None)
    if found is None:
        raise ValueError(
            f"There is no {what} {name!r}. Give a name of {home.__name__}, or the "
            "import path of your own, such as my_module.MyClass, in a module that can "
            "be imported."
        )
    if not callable(found):
        raise ValueError(f"{name} is not a {what}. Received: {found!r}")
    return found


def _import(module):
    """The module, or `None` if none has this name."""
    try:
        return import_module(module)
    except (Exception, SystemExit) as error:  # any error of the user's code
        missing = isinstance(error, ModuleNotFoundError) and f"{error.name}."
        if missing and f"{module}.".startswith(missing):
            return None
        first_line = (str(error).splitlines() or [""])[0]
        raise ValueError(
            f"{module} could not be imported: {type(error).__name__}: {first_line}"
        ) from error
