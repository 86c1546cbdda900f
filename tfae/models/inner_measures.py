"""Figures and plots of an inner model, for inputs prepared by the outer one."""

from tfae.evaluation.errors import in_batches, mean_squared_error, reconstruct
from tfae.reporting import units
from tfae.types import Config


class MeasuresInner:
    """Mixin for a model with `model`, `prepared`, `unwrapped` and `rebuilds`."""

    @property
    def measures(self) -> Config:
        """The measurements of the inner model, for raw inputs."""
        return {
            name: lambda model, part, shape=None, of=function: of(
                model.model, model._prepared_part(part), shape
            )
            for name, function in self.model.measures.items()
        }

    @property
    def reports(self) -> Config:
        """The plots of the inner model, for prepared inputs."""
        return {
            name: lambda model, split, title, of=function: units.told(
                of(*model.unwrapped(split), title), units.of(model.preprocessing)
            )
            for name, function in self.model.reports.items()
        }

    def _prepared_part(self, part):
        return part._replace(inputs=in_batches(self.prepared, part.inputs))

    def raw_errors(self, part):
        """Figures of a part of the data in raw units: `raw_mse`, if it reconstructs."""
        if not self.rebuilds or self.example_shape is None:
            return {}  # such as categories, which have no squared error
        outputs = reconstruct(self, part.inputs)
        return {"raw_mse": mean_squared_error(part.inputs, outputs)}


def of_first(functions):
    """Adapts functions of a model to a detector, for its first model."""
    return {
        name: lambda model, *others, of=function: of(model.members[0], *others)
        for name, function in functions.items()
    }
