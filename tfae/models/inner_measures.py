"""Figures and pictures of a model within another, of what that one makes of inputs."""

from tfae.evaluation.errors import in_batches, mean_squared_error, reconstruct
from tfae.types import Config


class MeasuresInner:
    """Part of a model with `model`, `prepared`, `unwrapped` and `rebuilds`."""

    @property
    def measures(self) -> Config:
        """What can be measured, as of the inner model, of raw inputs."""
        return {
            name: lambda model, part, shape=None, of=function: of(
                model.model, model._prepared_part(part), shape
            )
            for name, function in self.model.measures.items()
        }

    @property
    def reports(self) -> Config:
        """What can be drawn, as of the inner model, of prepared inputs."""
        return {
            name: lambda model, split, title, of=function: of(
                *model.unwrapped(split), title
            )
            for name, function in self.model.reports.items()
        }

    def _prepared_part(self, part):
        return part._replace(inputs=in_batches(self.prepared, part.inputs))

    def raw_errors(self, part):
        """Figures of a part of the data in raw units: `raw_mse`, where it rebuilds."""
        if not self.rebuilds or self.example_shape is None:
            return {}  # as of categories, which have no squares
        outputs = reconstruct(self, part.inputs)
        return {"raw_mse": mean_squared_error(part.inputs, outputs)}


def of_first(functions):
    """Functions of a model as those of a detector, of its first one."""
    return {
        name: lambda model, *others, of=function: of(model.members[0], *others)
        for name, function in functions.items()
    }
