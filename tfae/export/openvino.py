"""OpenVINO: an .xml file and its .bin of weights for each endpoint."""

import re

import tensorflow as tf

LACKING = re.compile(r"No conversion rule found for operations: (.+)")


def files(names, int8):
    """Names of the files of an export."""
    return [f"{name}.{suffix}" for name in names for suffix in ("xml", "bin")]


def convert(chosen, requests, folder, int8=False):
    """Writes the endpoints to a folder; an error names what OpenVINO lacks."""
    import openvino

    for name, (function, specs) in chosen.items():
        traced = tf.function(function, input_signature=specs).get_concrete_function()
        model = openvino.convert_model(traced)
        for spec, given in zip(specs, model.inputs, strict=True):
            given.get_tensor().set_names({spec.name})
        # TensorFlow orders the outputs of a dict by their names.
        for key, made in zip(
            sorted(traced.structured_outputs), model.outputs, strict=True
        ):
            made.get_tensor().set_names({key})
        openvino.save_model(model, folder / f"{name}.xml", compress_to_fp16=False)


def runner(folder, name):
    """Function of a request to its answers, by OpenVINO's runtime on the CPU."""
    import openvino

    settings = {"INFERENCE_NUM_THREADS": 1, "INFERENCE_PRECISION_HINT": "f32"}
    compiled = openvino.Core().compile_model(folder / f"{name}.xml", "CPU", settings)
    names = [one.get_any_name() for one in compiled.outputs]

    def run(request):
        found = compiled(request)
        return {key: found[key] for key in names}

    return run
