"""What leaves for a server: SavedModels, and what makes them servable."""

from tfae.export.saved_model import export

__all__ = ["export"]
