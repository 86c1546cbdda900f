"""Greedy layer-wise pretraining of stacked autoencoders."""

from tfae.pretraining.cached import activations, pretrain
from tfae.pretraining.greedy import GreedyPretraining

__all__ = ["GreedyPretraining", "activations", "pretrain"]
