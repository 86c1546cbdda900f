"""Runs a SavedModel through TensorFlow's C API, the loader that TF Serving uses.

TensorFlow's and Keras' Python packages are not imported: a model that works here needs
no Python code. Python's own `tf.saved_model.load` accepts models that this loader, and
therefore a server, refuses.

    python -m tfae.serving.c_session SAVED_MODEL REQUESTS REPLIES BYTES_OF_MEMORY
"""

import ctypes
import json
import pickle
import sys
from pathlib import Path

import numpy as np

from tfae.serving import c_library, meta_graph

try:
    import resource
except ImportError:  # on Windows
    resource = None

# TensorFlow's numbers of the data types that JSON represents as numbers or booleans.
DTYPES = {
    number: np.dtype(name)
    for number, name in (
        *((1, "float32"), (2, "float64"), (3, "int32"), (4, "uint8")),
        *((5, "int16"), (6, "int8"), (9, "int64"), (10, "bool")),
    )
}
STRING = 7  # of text inputs
BYTES_OF_A_STRING = 24  # in a tensor; longer ones are stored elsewhere
NUMBERS = {dtype: number for number, dtype in DTYPES.items()}


class Session:
    """A loaded SavedModel, which threads may run at the same time.

    Attributes:
        signatures: Dict from the name of a signature to its (inputs, outputs), two
            dicts from argument name to tensor name.

    Args:
        directory: Folder of the SavedModel, with `saved_model.pb`.
        config: Bytes of TensorFlow's `ConfigProto`; empty for the default.

    Raises:
        ValueError: If the loader refuses the model.

    Example:
    >>> from tfae.serving.c_session import Session
    >>> model = tfae.StackedAutoencoder(64, [32, 8])
    >>> model.build((None, 64))
    >>> session = Session(tfae.export.export(model, "served/digits", check=False))
    >>> session.run("encode", {"inputs": np.zeros((3, 64), "float32")})["codes"].shape
    (3, 8)
    """

    def __init__(self, directory, config=b""):
        self._library = c_library.load()
        self._status = self._library.TF_NewStatus()
        self._graph = self._library.TF_NewGraph()
        options = self._library.TF_NewSessionOptions()
        buffer = self._library.TF_NewBuffer()
        tags = (ctypes.c_char_p * 1)(b"serve")
        try:
            self._library.TF_SetConfig(options, config, len(config), self._status)
            self._check("The session could not be configured", self._status)
            self._session = self._library.TF_LoadSessionFromSavedModel(
                options,
                None,
                str(directory).encode(),
                *(tags, 1, self._graph, buffer, self._status),
            )
            self._check("The model could not be loaded", self._status)
            content = buffer.contents
            message = ctypes.string_at(content.data, content.length)
        finally:
            self._library.TF_DeleteSessionOptions(options)
            self._library.TF_DeleteBuffer(buffer)
        self.signatures = meta_graph.signatures(message)

    def close(self):
        """Frees the memory of the model; the session cannot be used afterwards."""
        if self._session:
            self._library.TF_DeleteSession(self._session, self._status)
            self._library.TF_DeleteGraph(self._graph)
            self._library.TF_DeleteStatus(self._status)
            self._session = None

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.close()

    def run(self, signature, inputs):
        """Outputs by name of `signature` for `inputs`, a dict of arrays by name.

        Raises:
            ValueError: If there is no such signature, the inputs have other names, or
                the model fails.
        """
        if signature not in self.signatures:
            raise ValueError(
                f"There is no signature {signature!r}. Signatures: "
                f"{', '.join(self.signatures)}"
            )
        input_names, output_names = self.signatures[signature]
        if set(inputs) != set(input_names):
            raise ValueError(
                f"{signature} takes {', '.join(input_names)}. Received: "
                f"{', '.join(inputs)}"
            )
        fed = self._outputs(input_names.values())
        fetched = self._outputs(output_names.values())
        arrays = [_known(inputs[name]) for name in input_names]
        tensors = [self._tensor(array) for array in arrays]
        results = (ctypes.c_void_p * len(output_names))()
        status = self._library.TF_NewStatus()  # of this thread's call
        self._library.TF_SessionRun(
            *(self._session, None),
            *(fed, (ctypes.c_void_p * len(tensors))(*tensors), len(tensors)),
            *(fetched, results, len(output_names)),
            *(None, 0, None, status),
        )
        for tensor, array in zip(tensors, arrays, strict=True):
            self._delete(tensor, array)
        try:
            self._check(f"{signature} failed", status)
        finally:
            self._library.TF_DeleteStatus(status)
        return dict(zip(output_names, map(self._array, results), strict=True))

    def _outputs(self, names):
        found = []
        for name in names:
            operation, _, index = name.partition(":")
            pointer = self._library.TF_GraphOperationByName(
                self._graph, operation.encode()
            )
            if not pointer:
                raise ValueError(f"The model has no tensor {name}")
            found.append(c_library.Output(pointer, int(index or 0)))
        return (c_library.Output * len(found))(*found)

    def _tensor(self, array):
        shape = (ctypes.c_int64 * array.ndim)(*array.shape)
        if array.dtype == object:
            size = BYTES_OF_A_STRING * array.size
            tensor = self._library.TF_AllocateTensor(STRING, shape, array.ndim, size)
            for place, text in zip(
                self._places(tensor, array), array.flat, strict=True
            ):
                data = text.encode() if isinstance(text, str) else text
                self._library.TF_StringInit(place)
                self._library.TF_StringCopy(place, data, len(data))
            return tensor
        tensor = self._library.TF_AllocateTensor(
            NUMBERS[array.dtype], shape, array.ndim, array.nbytes
        )
        ctypes.memmove(
            self._library.TF_TensorData(tensor), array.ctypes.data, array.nbytes
        )
        return tensor

    def _delete(self, tensor, array):
        if array.dtype == object:
            for place in self._places(tensor, array):
                self._library.TF_StringDealloc(place)
        self._library.TF_DeleteTensor(tensor)

    def _places(self, tensor, array):
        """Addresses of the strings of a tensor."""
        start = self._library.TF_TensorData(tensor)
        return (start + BYTES_OF_A_STRING * index for index in range(array.size))

    def _array(self, tensor):
        shape = [
            self._library.TF_Dim(tensor, axis)
            for axis in range(self._library.TF_NumDims(tensor))
        ]
        data = ctypes.string_at(
            self._library.TF_TensorData(tensor),
            self._library.TF_TensorByteSize(tensor),
        )
        dtype = DTYPES[self._library.TF_TensorType(tensor)]
        self._library.TF_DeleteTensor(tensor)
        return np.frombuffer(data, dtype).reshape(shape)

    def _check(self, what, status):
        if self._library.TF_GetCode(status):
            message = self._library.TF_Message(status).decode(errors="replace")
            raise ValueError(f"{what}: {message.splitlines()[0]}")


def _known(array):
    """`array` in the memory layout of a tensor; `ValueError` for other types."""
    array = np.asarray(array, order="C")
    if array.dtype.kind in "OSU" and all(
        isinstance(x, str | bytes) for x in array.flat
    ):
        return array.astype(object)
    if array.dtype not in NUMBERS:
        raise ValueError(
            f"Inputs must have one of the types {', '.join(map(str, NUMBERS))}. "
            f"Received: {array.dtype}"
        )
    return array


def main(directory, requests, replies, memory, config=""):
    """Answers the requests of a file and writes the answers to another one.

    The first is a pickled list of (signature, dict of arrays by input name). The second
    has the names of all outputs as JSON, and their arrays in this order. Allocations
    are limited to `memory` bytes if the system supports it. `config` is a serialized
    `ConfigProto` in hexadecimal digits.
    """
    if resource is not None:
        _, most = resource.getrlimit(resource.RLIMIT_DATA)
        given = [int(memory)] if most == resource.RLIM_INFINITY else [int(memory), most]
        resource.setrlimit(resource.RLIMIT_DATA, (min(given), most))
    cases = pickle.loads(Path(requests).read_bytes())
    with Session(directory, bytes.fromhex(config)) as session:
        outputs = [session.run(signature, inputs) for signature, inputs in cases]
    # Output names may be any text, but names of arrays in a file may not.
    names = json.dumps([[*one] for one in outputs])
    found = [array for one in outputs for array in one.values()]
    arrays = {f"array_{index}": array for index, array in enumerate(found)}
    with Path(replies).open("wb") as file:
        np.savez(file, names=names, **arrays)


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except ValueError as error:
        sys.exit(f"Error: {error}")
    assert not {"tensorflow", "keras"} & set(sys.modules)
