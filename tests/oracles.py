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


def linear(x):
    return x


def relu(x):
    return np.maximum(x, 0)


def tanh(x):
    return np.sinh(x) / np.cosh(x)


def finite_difference(function, values, step=1e-5):
    """Gradient of a scalar function of an array, by central differences in float64."""
    values = np.asarray(values, "float64")
    slopes = np.zeros_like(values)
    for index in np.ndindex(values.shape):
        moved = []
        for sign in (1, -1):
            shifted = values.copy()
            shifted[index] += sign * step
            moved.append(function(shifted))
        slopes[index] = (moved[0] - moved[1]) / (2 * step)
    return slopes


def jacobian_norm(function, inputs, step=1e-5):
    """Squared Frobenius norm of the Jacobian for each row, by central differences."""
    inputs = np.asarray(inputs, "float64")
    norms = np.zeros(len(inputs))
    for feature in range(inputs.shape[1]):
        shift = np.zeros(inputs.shape[1])
        shift[feature] = step
        slopes = (function(inputs + shift) - function(inputs - shift)) / (2 * step)
        norms += (slopes**2).sum(axis=1)
    return norms


def ssim(image, other):
    """Structural similarity of two images, by the formula of Wang et al. 2004."""
    offsets = np.arange(11) - 5
    row = np.exp(-(offsets**2) / (2 * 1.5**2))
    window = np.outer(row, row) / row.sum() ** 2

    def mean(values):
        patches = np.lib.stride_tricks.sliding_window_view(values, (11, 11))
        return (patches * window).sum(axis=(-1, -2))

    x, y = mean(image), mean(other)
    variance_x, variance_y = mean(image**2) - x**2, mean(other**2) - y**2
    covariance = mean(image * other) - x * y
    c1, c2 = 0.01**2, 0.03**2
    likeness = (2 * x * y + c1) * (2 * covariance + c2)
    return np.mean(likeness / ((x**2 + y**2 + c1) * (variance_x + variance_y + c2)))
