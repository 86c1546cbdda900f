"""Options of greedy pretraining, checked and assigned to the stages."""

import warnings

from tfae.arguments import check_integers, is_real, optional, plain
from tfae.models.optimizers import inner
from tfae.pretraining.phase import Phase


class Options:
    """Options of stages: one value for all stages, or a list with one for each.

    Args:
        epochs, learner, learning_rate, loss, batch_size, tie_weights: As for
            `tfae.GreedyPretraining` and `tfae.pretraining.pretrain`.
    """

    def __init__(
        self,
        epochs,
        learner=None,
        learning_rate=None,
        loss=None,
        batch_size=None,
        tie_weights=False,
    ):
        epochs, learner, learning_rate, loss, batch_size = map(
            plain, (epochs, learner, learning_rate, loss, batch_size)
        )
        for name, value in (("epochs", epochs), ("batch_size", batch_size)):
            for one in _each(value):
                if (name, one) != ("batch_size", None):
                    check_integers(listed=True, **{name: one})
        for rate in _each(learning_rate):
            if rate is not None and not (is_real(rate) and 0 < rate < float("inf")):
                raise ValueError(
                    "`learning_rate` must be a number > 0, or a list of them. "
                    f"Received: learning_rate={learning_rate!r}"
                )
        self._given = {
            "epochs": epochs,
            "learner": learner,
            "learning_rate": learning_rate,
            "loss": loss,
            "batch_size": batch_size,
        }
        self._tie_weights = tie_weights

    def dealt(self, model):
        """The values for the stages of `model`: dict from name to list, one per stage.

        Raises:
            ValueError: If the model has no stages, or the numbers of stages and values
                differ.
        """
        count = len(_stages(model))
        dealt = {
            name: _one_each(name, value, count) for name, value in self._given.items()
        }
        rates = [rate for rate in dealt["learning_rate"] if rate is not None]
        if rates and not isinstance(compiled_rate(model), float):
            raise ValueError(
                "`learning_rate` cannot replace a schedule. Received: learning_rate="
                f"{self._given['learning_rate']!r}. Compile with a plain learning rate."
            )
        return dealt

    def phases(self, model, learning_rate):
        """A `Phase` for each stage; `learning_rate` is that of the whole stack."""
        dealt = self.dealt(model)
        return [
            Phase(
                model,
                index,
                learner,
                model.loss if loss is None else loss,
                self._tie_weights,
                learning_rate,
            )
            for index, (learner, loss) in enumerate(
                zip(dealt["learner"], dealt["loss"], strict=True)
            )
        ]


def begin(model, resumed=False):
    """Creates the optimizer's state; warns if the model was trained before."""
    if not model.optimizer.built:
        model.optimizer.build(model.trainable_variables)
    trained = model.pretrained or int(model.optimizer.iterations.numpy())
    if trained and not resumed:
        warnings.warn(
            "The model has been trained before: its layers are pretrained from the "
            "weights they have, with a new optimizer.",
            stacklevel=3,
        )


def compiled_rate(model):
    """The learning rate given to `compile`: a float, or the config of a schedule."""
    return inner(model.optimizer).get_config()["learning_rate"]


def _stages(model):
    remedy = "Pretrain a LayerwiseAutoencoder, such as StackedAutoencoder."
    return optional(model, "stages", remedy)


def _each(value):
    return value if isinstance(value, list) else [value]


def _one_each(name, value, count):
    values = _each(value)
    if not isinstance(value, list):
        values = values * count
    if len(values) != count:
        raise ValueError(
            f"`{name}` must be one value, or one for each of {count} layers. Received: "
            f"{name}={value!r}"
        )
    return values
