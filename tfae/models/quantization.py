"""Training and saving of models with quantized weights."""

from tfae.layers.tied import check_kernels
from tfae.models import optimizers
from tfae.types import Config


class Quantization:
    """Mixin for a model whose kernels other layers or its loss may read.

    It precedes the other base class of such a model.

    Attributes:
        kernels_read: Layers whose kernels the loss reads directly.
    """

    kernels_read = ()

    def quantize(self, mode=None, config: Config | None = None, **kwargs) -> None:
        check_kernels(self, self.kernels_read, getattr(config, "mode", mode))
        if kwargs.get("filters") is None:
            # In a built model only layers without weights, such as lookups, are not
            # built.
            kwargs["filters"] = _is_built
        super().quantize(mode, config, **kwargs)
        self.renew_optimizer()

    def renew_optimizer(self):
        """Resets the optimizer if the variables have changed."""
        optimizer = getattr(self, "optimizer", None)  # set by `compile`
        if optimizer is not None and optimizer.built:
            self.optimizer = optimizers.renewed(optimizer)
            self.optimizer.build(self.trainable_variables)


def _is_built(layer):
    return layer.built
