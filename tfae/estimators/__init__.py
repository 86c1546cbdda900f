"""scikit-learn's face of the autoencoders: estimators that need no labels."""

from tfae.estimators.outlier_detector import AutoencoderOutlierDetector
from tfae.estimators.transformer import AutoencoderTransformer

__all__ = ["AutoencoderOutlierDetector", "AutoencoderTransformer"]
