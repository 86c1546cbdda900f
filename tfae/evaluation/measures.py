"""All figures of a model and its run: of its parts and layers, compared with PCA.

A measure is a function of the model, a `tfae.datasets.Part` and the shape of an image
or `None`, that returns figures by name; model classes list theirs in `measures`.
"""

import dataclasses
import math

import numpy as np

from tfae import batch_streams, evaluation
from tfae.arguments import has, optional
from tfae.callbacks import resuming
from tfae.evaluation import attacks, maps, probes

PCA_EXAMPLES = 10_000
ATTACKED = 500  # examples
ERRORS = "errors"  # also measured on the validation part


def errors(model, part, image_shape=None):
    """Loss, its terms and error measures of the reconstructions of the inputs."""
    told = part.labels if has(model, "takes_labels") and model.takes_labels else None
    return evaluation.figures(model, part.inputs, told)


def conditional_errors(model, part, image_shape=None):
    """As `errors`, for a model that takes labels beside inputs."""
    return evaluation.figures(model, (part.inputs, _labels(part)))


def classes(model, part, image_shape=None):
    """Share of the examples that a model with `classify` misclassifies."""
    found = evaluation.in_batches(model.classify, part.inputs).argmax(axis=-1)
    return {"class_error": float((found != _labels(part)).mean())}


def log_likelihood(model, part, image_shape=None):
    """Loss and metrics of a density model of the inputs."""
    return evaluation.logs(model, part.inputs)


def classification_errors(model, part, image_shape=None):
    """Loss and metrics of a classifier on the labels."""
    return evaluation.logs(model, part.inputs, _labels(part))


def neighbourhoods(model, part, image_shape=None):
    """Loss of a model that preserves neighbourhoods, and how well its codes do so."""
    codes = evaluation.encode(model, part.inputs)
    return evaluation.logs(model, part.inputs) | maps.kept(part.inputs, codes)


def denoising(model, part, image_shape=None):
    """What `tfae.evaluation.denoising_figures` finds."""
    return evaluation.denoising_figures(model, part.inputs, image_shape)


def prior_accuracy(model, part, image_shape=None):
    """Accuracy of a classifier between codes and draws of their prior.

    A logistic regression is fitted to half of each and tested on the other half: 1/2 if
    codes and draws are indistinguishable.
    """
    from sklearn.linear_model import LogisticRegression

    codes = evaluation.in_batches(model.encode, part.inputs)
    drawn = np.asarray(model.sample_codes(len(codes), seed=0))
    values = np.concatenate([codes, drawn])
    of_prior = np.arange(len(values)) >= len(codes)
    regression = LogisticRegression(max_iter=300).fit(values[::2], of_prior[::2])
    return {"prior_accuracy": regression.score(values[1::2], of_prior[1::2])}


def of_prior(model, part, image_shape=None):
    """Negative log-likelihood of codes under the prior, if the model has one."""
    if model.prior is None:
        return {}
    positions = evaluation.in_batches(model.positions, part.inputs)
    found = evaluation.in_batches(model.prior.log_likelihood, positions)
    return {"prior_nll": -float(found.mean())}


def worst_case(model, part, image_shape=None):
    """Largest squared error at inputs within the model's `bound` of the given ones."""
    errors = attacks.worst_case_errors(model, part.inputs[:ATTACKED], model.bound)
    return {"worst_case_mse": float(errors.mean())}


def of_part(model, part, image_shape=None):
    """All measures of the model's class on a part of the data."""
    figures = {}
    for function in model.measures.values():
        figures |= function(model, part, image_shape)
    return figures | (model.raw_errors(part) if has(model, "raw_errors") else {})


def measure(
    model, split, angle_to_pca=False, wanted_probes=(), likelihood_samples=None
):
    """Figures of `model` on the validation and test parts, compared with PCA.

    The parts may be streams, whose validation and test part are read into memory. The
    other arguments are the fields of a recipe.

    Returns:
        Dict from `valid_…` and `test_…` names to numbers. `pca_test_mse` is that of
        PCA with as many components as the code has numbers, if possible, and
        `mean_test_mse` that of the mean training example. For a model of raw values,
        all figures except `raw_mse` are measured on preprocessed values.
    """
    split, figures = _held(split), {}
    if has(model, "raw_errors"):
        for name in ("valid", "test"):
            for key, value in model.raw_errors(getattr(split, name)).items():
                figures[f"{name}_{key}"] = value
    if has(model, "unwrapped"):
        model, split = model.unwrapped(split)
    functions = dict(model.measures)
    if ERRORS in functions:
        found = functions.pop(ERRORS)
        for name in ("valid", "test"):
            part = getattr(split, name)
            for key, value in found(model, part, split.image_shape).items():
                figures[f"{name}_{key}"] = value
    for function in functions.values():
        figures |= function(model, split.test, split.image_shape)
    if likelihood_samples is not None:
        found = evaluation.log_likelihoods(model, split.test.inputs, likelihood_samples)
        figures["test_nll"] = -float(found.mean())
        figures["test_nll_error"] = float(found.std() / np.sqrt(len(found)))
    figures |= probes.measure(model, split, probes.possible(wanted_probes, split))
    if "test_mse" in figures:
        figures |= _beside_mean(split)
    return figures | _beside_pca(model, split, angle_to_pca)


def _held(split):
    """A split with its validation and test part in memory."""
    found = {}
    for name in ("valid", "test"):
        part = getattr(split, name)
        if batch_streams.is_stream(part.inputs):
            inputs, labels = batch_streams.held(part.inputs, f"The part `{name}`")
            labels = labels if part.labels is None else part.labels
            found[name] = part._replace(inputs=inputs, labels=labels)
    return dataclasses.replace(split, **found) if found else split


def of_layers(folder):
    """Last figures of each pretrained layer of the run in `folder`."""
    figures = {}
    for row in resuming.read_histories(folder):
        if row.get("layer"):
            for name in row.keys() - {"epoch", "layer"}:
                figures[f"layer_{row['layer']:g}_{name}"] = row[name]
    return dict(sorted(figures.items()))


def pca_beside(model, split, examples=None):
    """PCA of the training part, with as many components as codes have numbers.

    Args:
        model: Model with codes.
        split: `tfae.datasets.Split` prepared for the model.
        examples: Integer, largest number of examples to fit PCA to, or `None` for all;
            a stream is always sampled.

    Returns:
        scikit-learn's PCA, or `None` if the model has no codes or no decoder, takes
        more than the inputs, or has codes as large as the inputs.
    """
    signature = model.serving_signatures().get("encode")
    of_inputs_alone = signature is None or len(signature.inputs) == 1
    decodes = has(model, "encode") and has(model, "decode")
    if not (probes.has_numbers(split.test.inputs) and decodes and of_inputs_alone):
        return None
    train = _in_memory(split, examples)
    code_shape = evaluation.encode(model, split.test.inputs[:1]).shape[1:]
    code_size = math.prod(code_shape)
    return evaluation.pca(train, code_size) if code_size < min(train.shape) else None


def _in_memory(split, examples=None):
    """Training examples as vectors; for a stream, a random sample."""
    inputs = split.train.inputs
    if not isinstance(inputs, np.ndarray):
        most = min(examples or PCA_EXAMPLES, PCA_EXAMPLES)
        inputs = batch_streams.first(inputs, most)
    elif examples is not None and examples < len(inputs):
        # From the whole file, since it may be sorted by class.
        inputs = inputs[np.linspace(0, len(inputs) - 1, examples).astype(int)]
    return inputs.reshape(len(inputs), -1)


def _beside_mean(split):
    """The error of the mean example as a constant reconstruction."""
    if not probes.has_numbers(split.test.inputs):
        return {}
    mean, test = _in_memory(split).mean(axis=0, dtype="float64"), split.test.inputs
    test = test.reshape(len(test), -1)
    error = evaluation.mean_squared_error(test, np.broadcast_to(mean, test.shape))
    return {"mean_test_mse": error}


def _beside_pca(model, split, angle_to_pca):
    """The error of `pca_beside`, and the angle to its subspace, if available."""
    found = pca_beside(model, split)
    if found is None:
        return {}
    test = split.test.inputs.reshape(len(split.test.inputs), -1)
    rebuilt = found.inverse_transform(found.transform(test))
    figures = {"pca_test_mse": evaluation.mean_squared_error(test, rebuilt)}
    if angle_to_pca:
        # Outputs of a linear decoder for each unit code, for any layers.
        code_shape = evaluation.encode(model, split.test.inputs[:1]).shape[1:]
        size = math.prod(code_shape)
        codes = np.eye(1 + size, size, dtype="float32")
        decode = optional(model, "decode", "Leave `angle_to_pca` out.")
        outputs = np.asarray(decode(codes.reshape(-1, *code_shape)))
        *corners, origin = outputs.reshape(len(codes), -1)
        train = _in_memory(split)
        figures["angle_to_pca"] = evaluation.pca_angle(train, corners - origin)
    return figures


def _labels(part):
    if part.labels is None:
        raise ValueError(
            "The model takes labels, but the data have none. Give data with labels."
        )
    return part.labels
