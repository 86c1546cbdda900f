"""Export of SavedModels for TF Serving, and checks that they are servable."""

from tfae.export.formats import to
from tfae.export.saved_model import export

__all__ = ["export", "to"]
