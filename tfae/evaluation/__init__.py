"""Numbers from the codes and the outputs of trained models."""

from tfae.evaluation.errors import (
    BATCH_SIZE,
    coder_of,
    denoising_figures,
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
    ssim,
)
from tfae.evaluation.likelihood import log_likelihoods

__all__ = [
    "BATCH_SIZE",
    "coder_of",
    "denoising_figures",
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
]
