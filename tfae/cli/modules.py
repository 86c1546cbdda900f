"""User modules, which define classes and register recipes."""

import importlib.util
import sys
from pathlib import Path

from tfae.cli.loading import load_tensorflow


def load(name):
    """Imports a module by name, or a file as the module named after its stem.

    Modules in the current folder, or beside the file, are also found; they never shadow
    an installed one.

    Args:
        name: Name of a module, or path of a `.py` file.

    Raises:
        ValueError: If the file or module does not exist or raises an exception, or
            another module has the same name.
    """
    is_file = name.endswith(".py")
    file = Path(name).resolve()
    if is_file and not file.is_file():
        raise ValueError(f"{name} does not exist. Give the path of a .py file.")
    folder = str(file.parent if is_file else Path.cwd())
    if folder not in sys.path:
        sys.path.append(folder)
    importlib.invalidate_caches()
    first = file.stem if is_file else name.partition(".")[0]
    if importlib.util.find_spec(first) is None:
        raise ValueError(f"{name} could not be imported: there is no module {first}.")
    load_tensorflow()  # here, to hide its start-up messages
    try:
        module = importlib.import_module(file.stem if is_file else name)
    except (Exception, SystemExit) as error:
        first_line = (str(error).splitlines() or [""])[0]
        raise ValueError(
            f"{name} could not be imported: {type(error).__name__}: {first_line}"
        ) from error
    found = getattr(module, "__file__", None)
    if is_file and (found is None or Path(found).resolve() != file):
        raise ValueError(
            f"{name} could not be imported: {found or 'a built-in module'} has the "
            f"name {file.stem}, too. Rename the file."
        )
