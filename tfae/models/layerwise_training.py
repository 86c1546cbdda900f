"""Training steps of a model that is pretrained stage by stage."""

import numpy as np

from tfae.types import Config, History


class LayerwiseTraining:
    """Mixin for a model with `stages`: `fit` trains one stage at a time.

    It precedes the other base class of such a model.

    Attributes:
        phase: The phase of greedy pretraining that `fit` and `evaluate` use in place of
            the whole model; `None` otherwise.
    """

    phase = None  # of pretraining, while it runs
    pretrained = False  # in this process
    restored_state = {}  # of the phase during which the weights were saved

    def fit(self, *args, **kwargs) -> History:
        try:
            return super().fit(*args, **kwargs)
        finally:  # also after an interruption
            if self.phase is not None:
                self.phase.leave()

    def prepare(self, data):
        if self.phase is not None:
            return self.phase.prepare(data)
        return super().prepare(data)

    def update(self, batch):
        if self.phase is not None:
            return self.phase.update(batch)
        return super().update(batch)

    def test_step(self, data):
        if self.phase is not None:
            return self.phase.test_step(data)
        return super().test_step(data)

    def reset_metrics(self) -> None:
        super().reset_metrics()
        if self.phase is not None:
            self.phase.learner.reset_metrics()

    def get_metrics_result(self) -> Config:
        if self.phase is not None:
            return self.phase.learner.get_metrics_result()
        return super().get_metrics_result()

    def save_own_variables(self, store):
        super().save_own_variables(store)
        if self.phase is not None:
            for name, value in self.phase.state().items():
                store[name] = value

    def load_own_variables(self, store):
        stored = {name: store[name] for name in store.keys()}  # noqa: SIM118, no dict
        # Kept until that phase is entered again.
        self.restored_state = {
            name: np.array(stored.pop(name))
            for name in [*stored]
            if name.startswith("phase_")
        }
        super().load_own_variables(stored)
