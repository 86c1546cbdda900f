"""Probes of codes: classifiers, sparsity, and sensitivity to the inputs."""

import warnings
from collections.abc import Sequence

import numpy as np

from tfae import batch_streams, evaluation
from tfae.evaluation.coded_parts import CodedParts, has_labels
from tfae.evaluation.sparsity import sparsity_figures
from tfae.types import Array, Config, Model

JACOBIAN_EXAMPLES = 200
NEIGHBOURS = 5
# Probes that need labels.
CLASSIFIERS = ("linear_svm", "logistic", "knn", "nearest", "pooled_svm")
# Candidates of `pooled_svm`.
POOLINGS = ((6, 4), (6, 2))  # windows and strides
POWERS = (1.0, 0.5)  # of the pooled maps
PENALTIES = (3.0, 10.0)
SVM_PASSES = 20  # over the examples; more change the error by about 1 %


def measure(model: Model, split, names: Sequence[str] | None = None) -> Config:
    """Figures of the probes `names` on a model's codes.

    Classifiers are fitted to the codes of the training and the validation part. All
    probes are measured on the test part.

    Args:
        model: Trained autoencoder.
        split: `tfae.datasets.Split`, with labels if a classifier is requested. The
            inputs of a part may be a stream that can be read again, whose batches hold
            the labels: only codes and labels are kept in memory.
        names: Names of `PROBES`. Defaults to all that fit the model.

    Returns:
        Dict of numbers: the error rates `linear_svm_error`, `logistic_error`,
        `knn_error`, with five neighbours, and `nearest_neighbour_error`;
        `pooled_svm_error`, of a linear SVM on max-pooled maps, with the stride, the
        power of the maps and the penalty chosen on the validation part,
        `pooled_svm_stride`, …; `jacobian_norm`, the mean of ‖∂codes/∂inputs‖²_F over
        the first 200 test examples; and the `sparsity` of `sparsity_figures`.

    Raises:
        ValueError: If there is no such probe, or a classifier lacks labels.
    """
    names = of(model, split) if names is None else names
    check(names)
    codes = CodedParts(model, split)
    figures = {}
    for name in names:
        figures |= PROBES[name](codes)
    return figures


def check(names: Sequence[str]):
    """Raises `ValueError` if one of `names` is not a probe."""
    unknown = [name for name in names if name not in PROBES]
    if unknown:
        raise ValueError(
            f"There is no probe {unknown[0]!r}. Probes: {', '.join(PROBES)}"
        )


def of(model: Model, split):
    """Names of the probes that fit a model and its data.

    Only maps can be pooled, and only numbers have derivatives.
    """
    example = batch_streams.first(split.test.inputs, 1)
    maps = evaluation.maps_of(model)(example)
    impossible = set() if len(maps.shape) == 4 else {"pooled_svm"}
    if not has_numbers(example):
        impossible.add("jacobian")
    return [name for name in PROBES if name not in impossible]


def has_numbers(inputs: Array) -> bool:
    """Whether an array holds numbers, not texts."""
    return inputs.dtype.kind in "biuf"


def possible(names: Sequence[str], split):
    """The probes among `names` for which `split` has labels."""
    parts = (split.train, split.valid, split.test)
    labelled = all(map(has_labels, parts))
    # Not if all are normal, as in the training data of a detector.
    if labelled and split.train.labels is not None:
        labelled = len(np.unique(split.train.labels)) > 1
    return [name for name in names if labelled or name not in CLASSIFIERS]


def _linear_svm(codes):
    from sklearn.svm import LinearSVC

    svm = LinearSVC(C=1.0, dual=False, random_state=0)
    return {"linear_svm_error": _classified(codes, svm)}


def _logistic(codes):
    from sklearn.linear_model import LogisticRegression

    regression = LogisticRegression(C=100.0, max_iter=300)
    return {"logistic_error": _classified(codes, regression)}


def _neighbours(codes):
    from sklearn.neighbors import KNeighborsClassifier

    return {"knn_error": _classified(codes, KNeighborsClassifier(NEIGHBOURS))}


def _nearest(codes):
    from sklearn.neighbors import KNeighborsClassifier

    error = _classified(codes, KNeighborsClassifier(1))
    return {"nearest_neighbour_error": error}


def _pooled_svm(codes):
    from sklearn.svm import LinearSVC

    def svm(penalty):
        return LinearSVC(C=penalty, dual=True, max_iter=SVM_PASSES, random_state=0)

    best = (np.inf,)
    for window, stride in POOLINGS:
        pooled = codes.pooled(window, stride)
        for power in POWERS:
            train, valid, test = [(_raised(x, power), y) for x, y in pooled]
            for penalty in PENALTIES:
                error = _error(svm(penalty), train, valid)
                if error < best[0]:
                    best = (error, stride, power, penalty, (train, valid), test)
    _, stride, power, penalty, (train, valid), test = best
    train = [np.concatenate(pair) for pair in zip(train, valid, strict=True)]
    return {
        "pooled_svm_error": _error(svm(penalty), train, test),
        "pooled_svm_stride": stride,
        "pooled_svm_power": power,
        "pooled_svm_penalty": penalty,
    }


def _raised(values, power):
    """Values raised to a power, with their signs; unchanged for 1."""
    return values if power == 1 else np.sign(values) * np.abs(values) ** power


def _classified(codes, classifier):
    """Test error rate of a classifier of codes."""
    return _error(classifier, codes.of("train", "valid"), codes.of("test"))


def _error(classifier, train, test):
    """Test error rate of a classifier after training."""
    from sklearn.exceptions import ConvergenceWarning

    codes, labels = train
    # Codes are scaled to mean length 1, so that one penalty suits all of them.
    scale = np.sqrt(np.mean(np.sum(np.square(codes), axis=1))) or 1.0
    with warnings.catch_warnings():
        # The last percent of convergence takes most of the time.
        warnings.simplefilter("ignore", ConvergenceWarning)
        classifier.fit(codes / scale, labels)
    codes, labels = test
    return 1 - float(classifier.score(codes / scale, labels))


def _jacobian(codes):
    inputs = batch_streams.first(codes.split.test.inputs, JACOBIAN_EXAMPLES)
    return {"jacobian_norm": jacobian_norm(codes.model, inputs)}


def _sparsity(codes):
    return sparsity_figures(evaluation.encode(codes.model, codes.split.test.inputs))


PROBES = {
    "linear_svm": _linear_svm,
    "logistic": _logistic,
    "knn": _neighbours,
    "nearest": _nearest,
    "pooled_svm": _pooled_svm,
    "jacobian": _jacobian,
    "sparsity": _sparsity,
}


def jacobians(model: Model, inputs: Array) -> Array:
    """∂codes/∂inputs of each example, `(n, codes, features)`, by differentiation."""
    return np.concatenate(list(_jacobians(model, inputs)))


def jacobian_norm(model: Model, inputs: Array) -> float:
    """Mean over `inputs` of ‖∂codes/∂inputs‖²_F, the squared Frobenius norm."""
    norms = [np.square(part).sum(axis=(1, 2)) for part in _jacobians(model, inputs)]
    return float(np.mean(np.concatenate(norms)))


def _jacobians(model, inputs, batch_size=16):
    """Computed in batches, since Jacobians of wide codes are large."""
    import tensorflow as tf

    encode = evaluation.coder_of(model)

    @tf.function(reduce_retracing=True)
    def batch(inputs):
        with tf.GradientTape() as tape:
            tape.watch(inputs)
            codes = encode(inputs)
        return tape.batch_jacobian(codes, inputs)

    for start in range(0, len(inputs), batch_size):
        some = np.asarray(inputs[start : start + batch_size])
        if some.dtype.kind != "f":
            some = some.astype("float32")  # differentiable numbers
        yield batch(tf.constant(some)).numpy().reshape(len(some), -1, some[0].size)
