"""Arguments of constructors that a saved config must hold."""

import inspect

OURS = ("keras", "tfae")  # packages whose classes are complete
UNCHECKED = ("self", "name", "dtype", "trainable")


def check(model):
    """Raises `ValueError` if saving `model` would lose an argument of a class.

    Args:
        model: Keras model. Its layers, and the models in it, are checked as well.
    """
    message = lost(model)
    if message:
        raise ValueError(message)


def lost(model):
    """The message on an argument that the config of `model` leaves out, or `None`.

    Args:
        model: As for `check`.
    """
    layers = model._flatten_layers(include_self=True, recursive=True)
    for layer in layers:
        kind = type(layer)
        for name in _lost(layer):
            return (
                f"get_config of {kind.__name__} leaves out the argument {name!r}. "
                f"Received: a {kind.__name__} that would have another {name} once it "
                f"is loaded. Return {name!r} from get_config, such as "
                f'{{**super().get_config(), "{name}": self.{name}}}.'
            )
    return None


def given(kind, args, kwargs):
    """Names of arguments with other values than their defaults.

    Args:
        kind: Class that is called.
        args: Tuple of its positional arguments.
        kwargs: Dict of its named arguments.
    """
    try:
        bound = inspect.signature(kind.__init__).bind(None, *args, **kwargs)
    except TypeError:  # the constructor reports it
        return frozenset()
    values = {**bound.arguments, **kwargs}
    return frozenset(
        name
        for name, default in _parameters(kind).items()
        if name in values and not _same(values[name], default)
    )


def _lost(layer):
    parameters = _parameters(type(layer))
    if not parameters:
        return
    try:
        config = layer.get_config()
    except NotImplementedError:  # Keras says so itself when it saves the layer
        return
    for name, default in parameters.items():
        missing = name not in config and _was_given(layer, name, default)
        if missing and not _comes_back(layer, config, name):
            yield name


def _was_given(layer, name, default):
    """Whether an argument had another value than its default."""
    if hasattr(layer, "given_arguments"):
        return name in layer.given_arguments
    if default is inspect.Parameter.empty:
        return name in inspect.signature(type(layer).__init__).parameters
    # Of a layer only its attribute tells; one may stand in for `None`.
    return default is not None and not _same(getattr(layer, name, default), default)


def _comes_back(layer, config, name):
    """Whether the config restores the attribute `name` from other entries."""
    if not hasattr(layer, name):
        return False
    try:
        again = type(layer).from_config(config)
    except Exception:  # of any constructor
        return False
    return _same(getattr(again, name, inspect.Parameter.empty), getattr(layer, name))


def _parameters(kind):
    """Defaults by name of the arguments that classes outside of `OURS` add."""
    found = {}
    for one in kind.__mro__:
        if one.__module__.split(".")[0] in OURS:
            break
        if "from_config" in vars(one):  # it can make the arguments of others
            break
        if "__init__" not in vars(one):
            continue
        for name, parameter in inspect.signature(one.__init__).parameters.items():
            several = (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD)
            if parameter.kind not in several and name not in UNCHECKED:
                found.setdefault(name, parameter.default)
    return found


def _same(value, default):
    try:
        return value is default or bool(value == default)
    except ValueError:  # of arrays
        return False
