"""Small serializable layers, one topic a file."""

from tfae.layers.tied import TiedDense

__all__ = ["TiedDense"]
