"""A model that wraps and trains another one."""

from tfae.arguments import has
from tfae.models.batch import Batch
from tfae.models.named_terms_model import NamedTermsModel
from tfae.types import Config


class WrappingModel(NamedTermsModel):
    """A model that trains an inner one, `model`, on transformed data.

    `compile` compiles the inner model, and `fit` uses its steps, losses, metrics and
    optimizers. Subclasses set `model`, call `take_compiled`, and override `inner_data`.
    """

    def inner_data(self, data):
        """Transforms `(inputs, targets, sample_weight)` for the inner model."""
        return data

    @property
    def takes_labels(self) -> bool:
        return getattr(self.model, "takes_labels", False)

    def compile(self, *args, **kwargs):
        self.model.compile(*args, **kwargs)
        self.take_compiled()

    def take_compiled(self):
        """Takes over the compilation of the inner model, if it is compiled."""
        if self.model.compiled:
            super().compile(
                optimizer=self.model.optimizer,
                run_eagerly=self.model.run_eagerly,
                jit_compile=self.model.jit_compile,
                steps_per_execution=self.model.steps_per_execution,
                auto_scale_loss=False,  # the inner model has done so
            )

    def renew_optimizer(self):
        """Resets the optimizer, which is shared with the inner model."""
        if has(self.model, "renew_optimizer"):
            self.model.renew_optimizer()
        self.take_compiled()

    def get_compile_config(self):
        return {"inner": True} if self.compiled else None

    def compile_from_config(self, config):
        self.take_compiled()

    def prepare(self, data):
        return self.model.prepare(self.inner_data(data))

    def update(self, batch):
        return self.model.update(batch)

    def train_step(self, data):
        return self.model.train_step(self.inner_data(data))

    def test_step(self, data):
        return self.model.test_step(self.inner_data(data))

    @property
    def steps_in_parts(self):
        return getattr(self.model, "steps_in_parts", False)

    @property
    def metrics(self):
        return self.model.metrics

    def get_metrics_result(self) -> Config:
        return self.model.get_metrics_result()

    def build_optimizers(self):
        if hasattr(self.model, "build_optimizers"):
            self.model.build_optimizers()

    def target_range(self):
        of_model = getattr(self.model, "target_range", None)
        return of_model and of_model()

    def _compared(self, batch):
        prepared = self.inner_data(tuple(batch[:3]))
        return self.model._compared(Batch(*prepared))
