"""The optimizers of a model that has several, beside the one that `compile` gets."""

import weakref

import keras

from tfae.types import Config


def get(given, names):
    """Dict of the optimizers that a constructor was given, in the order of `names`.

    Args:
        given: Dict from some of `names` to optimizers, their names or configs; or
            `None`.
        names: Sequence of names.

    Raises:
        ValueError: If there is another name.
    """
    given = given or {}
    unknown = [name for name in given if name not in names]
    if unknown:
        raise ValueError(
            f"There is no further optimizer {unknown[0]!r}. The model has: "
            f"{', '.join(names) or 'none'}"
        )
    return {name: keras.optimizers.get(given[name]) for name in names if name in given}


def serialize(optimizers):
    """What `get` takes, as JSON can hold it."""
    return {
        name: keras.optimizers.serialize(inner(optimizer))
        for name, optimizer in optimizers.items()
    }


def inner(optimizer):
    """The optimizer itself where Keras has wrapped it to scale losses."""
    return getattr(optimizer, "inner_optimizer", optimizer)


def renewed(optimizer):
    """The same optimizer without its state."""
    return type(optimizer).from_config(optimizer.get_config())


def complete(given, names, compiled):
    """Optimizers for all of `names`: where none is given, one of the compiled kind.

    Each scales its loss where the compiled one does, as in half precision.
    """
    scaling = keras.optimizers.LossScaleOptimizer
    scales, kind = isinstance(compiled, scaling), inner(compiled)
    found = {}
    for name in names:
        optimizer = given.get(name)
        if optimizer is None:
            optimizer = type(kind).from_config({**kind.get_config(), "name": name})
        if scales and not isinstance(optimizer, scaling):
            optimizer = scaling(optimizer, name=f"loss_scale_{name}")
        found[name] = optimizer
    return found


class SeveralOptimizers:
    """Part of a model that trains parts of itself by optimizers of their own.

    It stands before `keras.Model` among the base classes.
    """

    optimizer_names = ()

    def take_optimizers(self, given):
        """Takes those that the constructor got, as `get` does."""
        self.optimizers = get(given, self.optimizer_names)
        self._given_optimizers = tuple(self.optimizers)
        self._completed_for = None  # the compiled one that the others go with

    def optimized_variables(self) -> Config:
        """Dict from each of `optimizer_names` to the variables that it trains."""
        return {}

    def build_optimizers(self):
        """Makes the variables of all optimizers, where the model has its own."""
        if not (self.compiled and self.built) or self.optimizer is None:
            return
        if self._completed_for is None or self._completed_for() is not self.optimizer:
            given = {name: self.optimizers[name] for name in self._given_optimizers}
            self.optimizers = complete(given, self.optimizer_names, self.optimizer)
            self._completed_for = weakref.ref(self.optimizer)
        if not self.optimizer.built:
            self.optimizer.build(self.trainable_variables)
        variables = self.optimized_variables()
        for name, optimizer in self.optimizers.items():
            if not optimizer.built:
                optimizer.build(variables[name])

    def renew_optimizer(self):
        """Forgets the state of the optimizers, where the variables are others now."""
        super().renew_optimizer()
        for name in self._given_optimizers:
            self.optimizers[name] = renewed(self.optimizers[name])
        self.build_optimizers()

    def compile_from_config(self, config):
        super().compile_from_config(config)
        self.build_optimizers()

    def optimizers_config(self) -> Config:
        """What the constructor got, as a part of the config, where it got any."""
        given = {name: self.optimizers[name] for name in self._given_optimizers}
        return {"optimizers": serialize(given)} if given else {}
