"""Each formula once more in plain NumPy, independent of the package."""

import numpy as np


def leaky_relu(x):
    return np.where(x > 0, x, 0.2 * x)


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def stack(inputs, kernels, biases, activations):
    """Forward pass of dense layers in float64; returns every layer's activations."""
    layers = [np.asarray(inputs, "float64")]
    for kernel, bias, activation in zip(kernels, biases, activations, strict=True):
        layers.append(activation(layers[-1] @ np.asarray(kernel, "float64") + bias))
    return layers


def pca_error(train, test, components):
    """Mean squared error of the projection on the leading right singular vectors."""
    mean = train.mean(axis=0)
    basis = np.linalg.svd(train - mean, full_matrices=False)[2][:components]
    centred = test - mean
    return np.mean((centred - centred @ basis.T @ basis) ** 2)


def adam_steps(weights, gradients, rate, epsilon, beta_1=0.9, beta_2=0.999):
    """Weights after Adam steps, by Kingma & Ba 2015, algorithm 1 (their reordering)."""
    first = second = np.zeros_like(weights)
    for step, gradient in enumerate(gradients, start=1):
        first = beta_1 * first + (1 - beta_1) * gradient
        second = beta_2 * second + (1 - beta_2) * gradient**2
        scale = rate * np.sqrt(1 - beta_2**step) / (1 - beta_1**step)
        weights = weights - scale * first / (np.sqrt(second) + epsilon)
    return weights
