"""The scikit-learn interface of the autoencoders: unsupervised estimators."""

from tfae.estimators.outlier_detector import AutoencoderOutlierDetector
from tfae.estimators.transformer import AutoencoderTransformer

__all__ = ["AutoencoderOutlierDetector", "AutoencoderTransformer"]
