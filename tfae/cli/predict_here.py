"""Outputs of a model in a file or folder, computed without a server."""

from tfae import presets
from tfae.cli.loading import load_tensorflow, open_model
from tfae.cli.paths import model_file

EXPORT = "saved_model.pb"


def opened(path):
    """The model or the export in `path`, with methods of `tfae.serving.Client`."""
    if (path / EXPORT).is_file():
        load_tensorflow()
        return Export(path)
    if str(path) in presets.names() and not path.exists():
        path = presets.folder_of(str(path))
    model_file(path)  # refused before TensorFlow is loaded
    return Here(path)


class _Stored:
    """A model with `signatures`, dict from name to a pair of dicts of `Tensor`s."""

    def __init__(self, path):
        self._path = path

    def signature(self, signature):
        """Inputs and outputs of one signature, as `Client.signature` returns them."""
        if signature not in self.signatures:
            raise ValueError(
                f"{self._path} has no signature {signature!r}. Signatures: "
                f"{', '.join(sorted(self.signatures))}"
            )
        return self.signatures[signature]

    def batches(self, inputs, signature, batch_size):
        """Dicts of arrays for each batch, as `Client.batches` returns them."""
        from tfae.serving import inputs as given

        specs, _ = self.signature(signature)
        arrays = given.fit(f"{signature} of {self._path}", specs, inputs)
        count = len(next(iter(arrays.values())))
        return self._answers(
            signature,
            [
                {name: x[start : start + batch_size] for name, x in arrays.items()}
                for start in range(0, count, batch_size)
            ],
        )


class Here(_Stored):
    """A trained model."""

    def __init__(self, path):
        super().__init__(path)
        model = open_model(path)
        import tensorflow as tf

        from tfae.export import endpoints

        found = endpoints.of(model)
        self._functions = {
            name: tf.function(one.function).get_concrete_function(*one.specs)
            for name, one in found.items()
        }
        self.signatures = {
            name: (
                {spec.name: _of(spec) for spec in endpoint.specs},
                {
                    key: _of(spec)
                    for key, spec in self._functions[name].structured_outputs.items()
                },
            )
            for name, endpoint in found.items()
        }

    def _answers(self, signature, batches):
        import tensorflow as tf

        function = self._functions[signature]
        for batch in batches:
            tensors = [tf.constant(array) for array in batch.values()]
            yield {name: one.numpy() for name, one in function(*tensors).items()}


class Export(_Stored):
    """A SavedModel, which a process of its own runs, as TF Serving does."""

    def __init__(self, path):
        from tensorflow.core.protobuf.saved_model_pb2 import SavedModel

        from tfae.export import graph_check, servability

        super().__init__(path)
        servability.check_servable(path)
        (graph,) = SavedModel.FromString((path / EXPORT).read_bytes()).meta_graphs
        self.signatures = {
            name: (_told(one.inputs), _told(one.outputs))
            for name, one in graph.signature_def.items()
            if name != graph_check.INITIALIZER
        }

    def _answers(self, signature, batches):
        from tfae.export import servability

        cases = [(signature, batch) for batch in batches]
        return servability.run_in_c(self._path, cases, None)


def _of(spec):
    from tfae.serving.tensor import Tensor

    shape = [-1 if size is None else size for size in spec.shape]
    dtype = spec.dtype.as_numpy_dtype
    return Tensor(_dtype(dtype), tuple(shape))


def _dtype(kind):
    import numpy as np

    return np.dtype(object if kind is bytes else kind)


def _told(arguments):
    import tensorflow as tf

    return {
        name: _of(tf.TensorSpec(tf.TensorShape(info.tensor_shape), info.dtype))
        for name, info in arguments.items()
    }
