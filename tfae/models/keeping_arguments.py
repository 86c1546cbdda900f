"""Models that are not saved without an argument of their class."""

import warnings

from tfae import kept_arguments


class KeepsArguments:
    """Mixin of models whose subclasses may forget an argument in `get_config`.

    `save` refuses such a model, and `warn_of_lost` warns before it is trained.
    """

    def __new__(cls, *args, **kwargs):
        made = super().__new__(cls, *args, **kwargs)
        # Keras would track an attribute that is a container.
        made.given_arguments = kept_arguments.given(cls, args, kwargs)
        return made

    def warn_of_lost(self):
        message = kept_arguments.lost(self)
        if message:
            warnings.warn(f"The model cannot be saved: {message}", stacklevel=4)

    def save(self, *args, **kwargs):
        kept_arguments.check(self)
        super().save(*args, **kwargs)
