"""All figures of a model and of its run: of its parts, its layers, and beside PCA's.

What a class measures is a function of the model, a `tfae.datasets.Part` and the shape
of an image, or `None`, that returns figures by name; classes list theirs in `measures`.
"""

import math

import numpy as np

from tfae import evaluation
from tfae.arguments import has, optional
from tfae.callbacks import resuming
from tfae.evaluation import attacks, maps, probes

PCA_EXAMPLES = 10_000
ATTACKED = 500  # examples
ERRORS = "errors"  # what is measured of the validation part, too


def errors(model, part, image_shape=None):
    """Loss, its terms and error measures of the model rebuilding the inputs."""
    told = part.labels if has(model, "takes_labels") and model.takes_labels else None
    return evaluation.figures(model, part.inputs, told)


def conditional_errors(model, part, image_shape=None):
    """As `errors`, of a model that takes labels, which it is given, beside inputs."""
    return evaluation.figures(model, (part.inputs, _labels(part)))


def classes(model, part, image_shape=None):
    """Share of the examples that a model with `classify` puts into a wrong class."""
    found = evaluation.in_batches(model.classify, part.inputs).argmax(axis=-1)
    return {"class_error": float((found != _labels(part)).mean())}


def log_likelihood(model, part, image_shape=None):
    """Loss and metrics of a model of the density of the inputs."""
    return evaluation.logs(model, part.inputs)


def classification_errors(model, part, image_shape=None):
    """Loss and metrics of a classifier on the labels."""
    return evaluation.logs(model, part.inputs, _labels(part))


def neighbourhoods(model, part, image_shape=None):
    """Loss of a model whose codes keep neighbourhoods, and how well they do so."""
    codes = evaluation.encode(model, part.inputs)
    return evaluation.logs(model, part.inputs) | maps.kept(part.inputs, codes)


def denoising(model, part, image_shape=None):
    """What `tfae.evaluation.denoising_figures` finds."""
    return evaluation.denoising_figures(model, part.inputs, image_shape)


def prior_accuracy(model, part, image_shape=None):
    """Share of codes and of as many draws of their prior that can be told apart.

    By a logistic regression, taught by half of each and measured on the others: 1/2
    where the codes pass for draws.
    """
    from sklearn.linear_model import LogisticRegression

    codes = evaluation.in_batches(model.encode, part.inputs)
    drawn = np.asarray(model.sample_codes(len(codes), seed=0))
    values = np.concatenate([codes, drawn])
    of_prior = np.arange(len(values)) >= len(codes)
    regression = LogisticRegression(max_iter=300).fit(values[::2], of_prior[::2])
    return {"prior_accuracy": regression.score(values[1::2], of_prior[1::2])}


def of_prior(model, part, image_shape=None):
    """Negative log-likelihood of codes under the prior, where the model has one."""
    if model.prior is None:
        return {}
    positions = evaluation.in_batches(model.positions, part.inputs)
    found = evaluation.in_batches(model.prior.log_likelihood, positions)
    return {"prior_nll": -float(found.mean())}


def worst_case(model, part, image_shape=None):
    """Squared error at the worst of the inputs within the model's `bound` of others."""
    errors = attacks.worst_case_errors(model, part.inputs[:ATTACKED], model.bound)
    return {"worst_case_mse": float(errors.mean())}


def of_part(model, part, image_shape=None):
    """All that the model's class measures of a part of the data."""
    figures = {}
    for function in model.measures.values():
        figures |= function(model, part, image_shape)
    return figures | (model.raw_errors(part) if has(model, "raw_errors") else {})


def measure(
    model, split, angle_to_pca=False, wanted_probes=(), likelihood_samples=None
):
    """Figures of `model` on the validation and test parts, beside PCA's.

    The other arguments are the fields of a recipe.

    Returns:
        Dict from `valid_…` and `test_…` names to numbers. `pca_test_mse` is that of
        PCA with as many components as the code has numbers, where PCA can have them.
        Of a model of raw values all figures are of prepared ones, but for `raw_mse`.
    """
    figures = {}
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
    return figures | _beside_pca(model, split, angle_to_pca)


def of_layers(folder):
    """Last figures of each layer that the run in `folder` has pretrained."""
    figures = {}
    for row in resuming.read_histories(folder):
        if row.get("layer"):
            for name in row.keys() - {"epoch", "layer"}:
                figures[f"layer_{row['layer']:g}_{name}"] = row[name]
    return dict(sorted(figures.items()))


def _beside_pca(model, split, angle_to_pca):
    """The error of PCA with as many components as the model's codes have numbers.

    There is none of a model without codes, or that decodes none, or with codes of more
    than the inputs.
    """
    signature = model.serving_signatures().get("encode")
    of_inputs_alone = signature is None or len(signature.inputs) == 1
    decodes = has(model, "encode") and has(model, "decode")
    numbers = probes.has_numbers(split.test.inputs)
    if not (numbers and decodes and of_inputs_alone):
        return {}
    # Of a stream a part alone, which was drawn at random.
    in_memory = isinstance(split.train.inputs, np.ndarray)
    some = split.train.inputs if in_memory else split.train.inputs[:PCA_EXAMPLES]
    train, test = (x.reshape(len(x), -1) for x in (some, split.test.inputs))
    code_shape = evaluation.encode(model, split.test.inputs[:1]).shape[1:]
    code_size = math.prod(code_shape)
    if not code_size < min(train.shape):
        return {}
    figures = {"pca_test_mse": evaluation.pca_error(train, test, code_size)}
    if angle_to_pca:
        # What a linear decoder makes of each unit code, whatever its layers are.
        codes = np.eye(1 + code_size, code_size, dtype="float32")
        decode = optional(model, "decode", "Leave `angle_to_pca` out.")
        outputs = np.asarray(decode(codes.reshape(-1, *code_shape)))
        *corners, origin = outputs.reshape(len(codes), -1)
        figures["angle_to_pca"] = evaluation.pca_angle(train, corners - origin)
    return figures


def _labels(part):
    if part.labels is None:
        raise ValueError(
            "The model takes labels, and the data have none. Give data with labels."
        )
    return part.labels
