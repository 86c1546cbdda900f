"""Conversion of a SavedModel to LiteRT with 8 bits, as a program of its own.

TensorFlow's quantizer ends the process on some graphs, and LiteRT's interpreter on some
results.

    python litert_int8.py SAVED_MODEL EXAMPLES RESULT

`EXAMPLES` is an .npz file whose arrays are named `signature/input`. `RESULT` gets the
bytes of the file.
"""

import sys
import warnings
from pathlib import Path

import numpy as np
import tensorflow as tf
from ai_edge_litert.interpreter import Interpreter


def convert(saved, examples):
    """Bytes of the LiteRT file of a SavedModel.

    Args:
        saved: Path of the SavedModel.
        examples: Dict from a signature to a dict of arrays by input.
    """
    converter = tf.lite.TFLiteConverter.from_saved_model(saved, [*examples])
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.representative_dataset = lambda: _one_by_one(examples)
    converter.target_spec.supported_ops = [
        tf.lite.OpsSet.TFLITE_BUILTINS_INT8,
        tf.lite.OpsSet.TFLITE_BUILTINS,
    ]
    with warnings.catch_warnings():
        # The converter calibrates by an interpreter that it advises against.
        warnings.filterwarnings("ignore", ".*tf.lite.Interpreter is deprecated")
        return converter.convert()


def _one_by_one(examples):
    for name, inputs in examples.items():
        for row in range(len(next(iter(inputs.values())))):
            yield name, {key: value[row : row + 1] for key, value in inputs.items()}


def main(saved, stored, result):
    """Converts by the paths of the command line."""
    examples = {}
    with np.load(stored) as arrays:
        for path in arrays.files:
            name, _, key = path.partition("/")
            examples.setdefault(name, {})[key] = arrays[path]
    Path(result).write_bytes(convert(saved, examples))
    interpreter = Interpreter(result, num_threads=1)
    for name, inputs in examples.items():
        interpreter.get_signature_runner(name)(**inputs)


if __name__ == "__main__":
    main(*sys.argv[1:])
