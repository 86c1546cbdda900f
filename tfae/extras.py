"""Optional packages, which the extras of pyproject.toml install."""

import importlib.util

from tfae.arguments import check_choice

# Modules of each extra, with the packages that bring them.
MODULES = {
    "litert": {"ai_edge_litert": "ai-edge-litert"},
    "onnx": {"onnx": "onnx", "tf2onnx": "tf2onnx", "onnxruntime": "onnxruntime"},
    "openvino": {"openvino": "openvino"},
    "hub": {"huggingface_hub": "huggingface_hub"},
    "tensorboard": {"tensorboard": "tensorboard"},
    "tune": {"keras_tuner": "keras-tuner"},
}
FORMATS = ("litert", "onnx", "openvino")  # of exports, besides SavedModel
QUANTIZED = ("litert", "onnx")


def check(extra, subject):
    """Raises `ValueError` if a module of an extra is not installed.

    Args:
        extra: One of `MODULES`.
        subject: What needs it, the start of the message.
    """
    modules = MODULES[extra]
    missing = [name for name in modules if importlib.util.find_spec(name) is None]
    if missing:
        packages = " ".join(modules[name] for name in missing)
        raise ValueError(
            f"{subject} needs the extra `{extra}`. Received: no module "
            f"{', '.join(missing)}. Install it with pip install {packages}."
        )


def check_format(format, int8=False):
    """Raises `ValueError` if no model can be exported in a format.

    Args:
        format: `"litert"`, `"onnx"` or `"openvino"`.
        int8: Boolean, whether the export is quantized.
    """
    check_choice(FORMATS, format=format)
    check(format, f"The format {format}")
    if int8 and format not in QUANTIZED:
        raise ValueError(
            f"The format {format} cannot be combined with `int8`: another tool, NNCF, "
            "quantizes its files. Use format=litert or format=onnx."
        )
