"""Warm-up requests, which TF Serving answers before it accepts others."""

import math
from pathlib import Path

import numpy as np
import tensorflow as tf

FILE = "assets.extra/tf_serving_warmup_requests"
MOST_RECORDS = 1000
MOST_VALUES = 100_000_000  # of one input
ANY_LENGTH = 64  # of random images for a model of any size


def write(path, name, requests):
    """Writes the requests that a server answers before it accepts others.

    Args:
        path: Folder of the SavedModel.
        name: Name of the served model.
        requests: Dict from the name of a signature to a dict of arrays by input name.

    Raises:
        ValueError: If the extra `serving` is not installed.
    """
    logs = serving_api()
    file = Path(path) / FILE
    file.parent.mkdir(parents=True, exist_ok=True)
    with tf.io.TFRecordWriter(str(file)) as writer:
        for signature, inputs in requests.items():
            log = logs.PredictionLog()
            request = log.predict_log.request
            request.model_spec.name = name
            request.model_spec.signature_name = signature
            for key, array in inputs.items():
                request.inputs[key].CopyFrom(tf.make_tensor_proto(array))
            writer.write(log.SerializeToString())


def read(path):
    """List of (name of the signature, dict of arrays by input name) of a SavedModel."""
    logs = serving_api()
    records = tf.data.TFRecordDataset(str(Path(path) / FILE))
    found = []
    for record in records.as_numpy_iterator():
        request = logs.PredictionLog.FromString(record).predict_log.request
        inputs = {key: _array(value) for key, value in request.inputs.items()}
        found.append((request.model_spec.signature_name, inputs))
    return found


def _array(value):
    # A single value may be repeated to fill a huge shape.
    count = math.prod(dimension.size for dimension in value.tensor_shape.dim)
    if count > MOST_VALUES:
        raise ValueError(f"A request of {count:,} values is too large.")
    return tf.make_ndarray(value)


def serving_api():
    """The protocol buffers of warm-up requests; `ValueError` without the extra."""
    try:
        from tensorflow_serving.apis import prediction_log_pb2
    except ImportError as error:
        raise ValueError(
            "Warm-up requests need the extra `serving`. Install it with pip install "
            "'tensorflow-serving-api>=2.21,<2.22'."
        ) from error
    return prediction_log_pb2


def random_examples(rows, shape):
    """Array of `count` examples of `shape`, with values in [0, 1)."""
    sizes = [ANY_LENGTH if length is None else length for length in shape]
    return np.random.default_rng(0).random((rows, *sizes))


def fits(shape, wanted):
    """Whether a shape matches the expected one, in which `None` is any length."""
    return len(shape) == len(wanted) and all(
        other in (None, one) for one, other in zip(shape, wanted, strict=True)
    )
