"""What a person looks at: the pictures of a trained model."""

from tfae.reporting.pictures import compare, draw

__all__ = ["compare", "draw"]
