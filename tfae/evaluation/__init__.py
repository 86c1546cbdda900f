"""Numbers from the codes and the outputs of trained models."""

from tfae.evaluation.detection import detection_figures
from tfae.evaluation.errors import (
    BATCH_SIZE,
    at_once,
    coder_of,
    encode,
    figures,
    in_batches,
    logs,
    maps_of,
    mean_squared_error,
    pca,
    pca_angle,
    pca_error,
    pooled_codes,
    psnr,
    reconstruct,
    squared_error,
    taken,
)
from tfae.evaluation.likelihood import log_likelihoods
from tfae.evaluation.similarity import denoising_figures, ssim

__all__ = [
    "BATCH_SIZE",
    "at_once",
    "coder_of",
    "denoising_figures",
    "detection_figures",
    "encode",
    "figures",
    "in_batches",
    "log_likelihoods",
    "logs",
    "maps_of",
    "mean_squared_error",
    "pca",
    "pca_angle",
    "pca_error",
    "pooled_codes",
    "psnr",
    "reconstruct",
    "squared_error",
    "ssim",
    "taken",
]
