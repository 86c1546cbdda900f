"""Objects from their configs."""


def from_dict(identifier, kinds, what, further=None, hint=""):
    """Creates the object described by a dict of its class and arguments.

    Args:
        identifier: `{"class_name": …, "config": {…}}`, or a config serialized by Keras.
        kinds: Dict from names to classes, or to functions that create the object.
        what: Noun of the objects for the messages, such as `"layer"`.
        further: Function from a name to a class that is not in `kinds`, or `None`.
        hint: Sentence for the message on an unknown class.

    Raises:
        ValueError: If there is no such class, or it does not accept the arguments.
    """
    if not isinstance(identifier, dict) or "class_name" not in identifier:
        raise ValueError(
            f"A {what} must be given as itself or as a dict of class_name and config. "
            f"Received: {identifier!r}"
        )
    if "module" in identifier:
        import keras

        return keras.saving.deserialize_keras_object(identifier)
    name, config = identifier["class_name"], identifier.get("config", {})
    kind = kinds.get(name) if isinstance(name, str) else None
    if kind is None and further is not None:
        kind = further(str(name))
    if kind is None:
        known = ", ".join(kinds)
        raise ValueError(
            f"There is no {what} {name!r}. There are: {known}. {hint}".strip()
        )
    try:
        return kind(**config)
    except TypeError as error:
        raise ValueError(f"{name} cannot be made of {config}: {error}") from error
