"""ONNX: one file for each endpoint, since a file has one graph."""

import logging
import re
import tempfile
from pathlib import Path

import tensorflow as tf

OPSET = 18
LACKING = re.compile("No operation of ONNX: (.+)")


def files(names, int8):
    """Names of the files of an export."""
    return [f"{name}.onnx" for name in names]


def convert(chosen, requests, folder, int8=False):
    """Writes the endpoints to a folder; `ValueError` names what ONNX lacks."""
    for name, (function, specs) in chosen.items():
        path = folder / f"{name}.onnx"
        _write(tf.function(function), specs, path)
        if int8:
            _quantize(path, requests[name])


def _write(function, specs, path):
    import onnx
    import tf2onnx

    logging.getLogger("tf2onnx").setLevel(logging.CRITICAL)
    model, _ = tf2onnx.convert.from_function(function, specs, opset=OPSET)
    domains = {one.domain: one.version for one in model.opset_import}
    lacking = {
        node.op_type
        for node in model.graph.node
        if node.domain not in domains or not onnx.defs.has(node.op_type, node.domain)
    }
    if lacking:
        raise ValueError(f"No operation of ONNX: {', '.join(sorted(lacking))}")
    onnx.save(model, path)


def _quantize(path, request):
    from onnxruntime import quantization

    rows = len(next(iter(request.values())))
    examples = iter(
        {key: value[row : row + 1] for key, value in request.items()}
        for row in range(rows)
    )

    class Examples(quantization.CalibrationDataReader):
        def get_next(self):
            return next(examples, None)

    with tempfile.TemporaryDirectory() as folder:
        floats = Path(folder) / "float.onnx"
        quantization.quant_pre_process(str(path), str(floats), skip_symbolic_shape=True)
        quantization.quantize_static(str(floats), str(path), Examples())


def runner(folder, name):
    """Function of a request to its answers, by ONNX Runtime on the CPU."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(
        str(folder / f"{name}.onnx"), options, providers=["CPUExecutionProvider"]
    )
    outputs = [one.name for one in session.get_outputs()]
    return lambda request: dict(zip(outputs, session.run(None, request), strict=True))
