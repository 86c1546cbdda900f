"""Networks of models with Gaussian codes, and importance weights of their samples."""

import keras
from keras import ops

from tfae import losses, networks
from tfae.models import network_checks


def build(model, input_shape, condition_shape=None):
    """Builds encoder, decoder and likelihood of a variational model.

    Args:
        model: `tfae.VariationalAutoencoder` whose `example_shape` is known.
        input_shape: Shape of a batch of inputs.
        condition_shape: Shape of the conditions of both networks, or `None`.

    Raises:
        ValueError: If the encoder does not return a pair of equal shapes, or the
            decoder does not return the parameters of the likelihood.
    """
    shapes = networks.build(model.encoder, _beside(input_shape, condition_shape))
    kinds = (list, tuple)
    pair = len(shapes) == 2 and all(isinstance(one, kinds) for one in shapes)
    if not pair or tuple(shapes[0]) != tuple(shapes[1]):
        raise ValueError(
            "`encoder` must give a mean and a log-variance of one shape. Received: "
            f"an encoder with outputs of shape {shapes}. Use "
            "tfae.networks.variational, or a model of two outputs."
        )
    model.code_shape = tuple(shapes[0][1:])
    codes = (None, *model.code_shape)
    outputs = networks.build(model.decoder, _beside(codes, condition_shape))
    if model.likelihood is None:
        network_checks.check_outputs(model, outputs, model.example_shape)
        return
    wanted = model.likelihood.parameter_shape(model.example_shape)
    if tuple(outputs[1:]) != wanted:
        raise ValueError(
            f"The {type(model.likelihood).__name__} likelihood of examples of shape "
            f"{model.example_shape} takes a decoder with outputs of shape {wanted}. "
            f"Received: {tuple(outputs[1:])}"
        )
    if not model.likelihood.built:
        model.likelihood.build(outputs)


def output_shape(model, input_shape, condition_shape=None):
    """Shape of the outputs of a variational model for a batch of inputs."""
    codes, _ = networks.build(model.encoder, _beside(input_shape, condition_shape))
    outputs = networks.build(model.decoder, _beside(codes, condition_shape))
    if model.likelihood is None:
        return outputs
    return model.likelihood.compute_output_shape(outputs)


def weigh(
    model, inputs, targets, samples, training=False, noise=None, sample_weight=None
):
    """Log p(x, z) − log q(z | x) of codes z drawn from q(z | x).

    Args:
        model: `tfae.VariationalAutoencoder` with a likelihood.
        inputs: Tensor of shape `(batch, ...)`, or the pair that the model takes.
        targets: Tensor to reconstruct.
        samples: Positive integer, draws for each example.
        training: Boolean.
        noise: Tensor of shape `(samples * batch, ...)`, or a function from that shape
            to one, or `None` to draw it.
        sample_weight: Tensor of weights of parts of `targets`, or `None`.

    Returns:
        Outputs for the first draw, log-weights `(samples, batch)`, means of the codes.
    """
    distribution = model._distribution(inputs, training)
    # Ordered by draw: first draws of all examples, then second draws.
    (mean, log_variance), repeated, wanted, *parts = keras.tree.map_structure(
        lambda one: ops.tile(one, (samples, *(1 for _ in one.shape[1:]))),
        (distribution, inputs, targets)
        + (() if sample_weight is None else (sample_weight,)),
    )
    noise = noise(ops.shape(mean)) if callable(noise) else noise
    codes = model.sampling([mean, log_variance], noise=noise)
    parameters = model._parameters(codes, repeated, training)
    outputs = model._outputs(parameters)
    model.check_targets(wanted, outputs)
    zero = ops.zeros((), codes.dtype)  # a Python number would have single precision
    densities = losses.gaussian_log_density(codes, zero, zero)
    densities -= losses.gaussian_log_density(codes, mean, log_variance)
    weights = model._log_likelihood(wanted, parameters, *parts)
    weights += losses.sum_over_features(densities)
    size = ops.shape(distribution[0])[0]
    return outputs[:size], ops.reshape(weights, (samples, size)), distribution[0]


def _beside(shape, condition_shape):
    """Input shapes of a network: `shape`, and that of the conditions, if any."""
    return shape if condition_shape is None else [shape, condition_shape]
