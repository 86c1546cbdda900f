"""How a model trains that is pretrained stage by stage."""

import numpy as np

from tfae.types import Config, History


class LayerwiseTraining:
    """Part of a model with `stages`: steps of `fit` are those of one of them, in turn.

    It stands before the other base class of such a model.

    Attributes:
        phase: What `fit` and `evaluate` step through in place of the whole model, as
            greedy pretraining sets it; `None` otherwise.
    """

    phase = None  # of pretraining, while it is under way
    pretrained = False  # by this process
    restored_state = {}  # of the phase in which the loaded weights were saved

    def fit(self, *args, **kwargs) -> History:
        try:
            return super().fit(*args, **kwargs)
        finally:  # of an interrupted training, too
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
