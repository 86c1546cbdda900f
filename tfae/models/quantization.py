"""Models that still train, and are saved, once `quantize` has rounded their weights."""

from tfae.layers.tied import check_kernels
from tfae.models import optimizers
from tfae.types import Config


class Quantization:
    """Part of a model whose kernels other layers or its loss may read.

    It stands before the other base class of such a model.

    Attributes:
        kernels_read: Layers whose kernels the loss reads beside what they compute.
    """

    kernels_read = ()

    def quantize(self, mode=None, config: Config | None = None, **kwargs) -> None:
        check_kernels(self, self.kernels_read, getattr(config, "mode", mode))
        if kwargs.get("filters") is None:
            # Of a built model only layers without weights are not, such as a lookup.
            kwargs["filters"] = _is_built
        super().quantize(mode, config, **kwargs)
        self.renew_optimizer()

    def renew_optimizer(self):
        """Forgets the state of the optimizer, where the variables are others now."""
        optimizer = getattr(self, "optimizer", None)  # which `compile` sets
        if optimizer is not None and optimizer.built:
            self.optimizer = optimizers.renewed(optimizer)
            self.optimizer.build(self.trainable_variables)


def _is_built(layer):
    return layer.built
