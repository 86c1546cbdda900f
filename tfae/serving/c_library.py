"""The functions of TensorFlow's C library, declared for `ctypes`."""

import ctypes
import importlib.util
from pathlib import Path


class Buffer(ctypes.Structure):
    """Bytes owned by TensorFlow."""

    _fields_ = [
        ("data", ctypes.c_void_p),
        ("length", ctypes.c_size_t),
        ("deallocator", ctypes.c_void_p),
    ]


class Output(ctypes.Structure):
    """One output of an operation."""

    _fields_ = [("operation", ctypes.c_void_p), ("index", ctypes.c_int)]


def load():
    """TensorFlow's C library, found without importing the package."""
    folder = Path(importlib.util.find_spec("tensorflow").origin).parent
    # The second library depends on the first. Neither is loaded with RTLD_GLOBAL: its
    # TLS library would replace Python's own.
    ctypes.CDLL(str(folder / "libtensorflow_framework.so.2"))
    library = ctypes.CDLL(str(folder / "libtensorflow_cc.so.2"))
    pointer, size, integer = ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int
    buffer = ctypes.POINTER(Buffer)
    for name, result, arguments in (
        ("TF_NewStatus", pointer, []),
        ("TF_GetCode", integer, [pointer]),
        ("TF_Message", ctypes.c_char_p, [pointer]),
        ("TF_DeleteStatus", None, [pointer]),
        ("TF_DeleteSession", None, [pointer, pointer]),
        ("TF_DeleteGraph", None, [pointer]),
        ("TF_NewGraph", pointer, []),
        ("TF_NewSessionOptions", pointer, []),
        ("TF_SetConfig", None, [pointer, ctypes.c_char_p, size, pointer]),
        ("TF_DeleteSessionOptions", None, [pointer]),
        ("TF_NewBuffer", buffer, []),
        ("TF_DeleteBuffer", None, [buffer]),
        (
            "TF_LoadSessionFromSavedModel",
            pointer,
            [
                *(pointer, pointer, ctypes.c_char_p, pointer, integer),
                *(pointer, buffer, pointer),
            ],
        ),
        ("TF_GraphOperationByName", pointer, [pointer, ctypes.c_char_p]),
        (
            "TF_SessionRun",
            None,
            [
                *(pointer, pointer),
                *(pointer, pointer, integer),
                *(pointer, pointer, integer),
                *(pointer, integer),
                *(pointer, pointer),
            ],
        ),
        ("TF_AllocateTensor", pointer, [integer, pointer, integer, size]),
        ("TF_DeleteTensor", None, [pointer]),
        ("TF_StringInit", None, [pointer]),
        ("TF_StringCopy", None, [pointer, ctypes.c_char_p, size]),
        ("TF_StringDealloc", None, [pointer]),
        ("TF_TensorData", pointer, [pointer]),
        ("TF_TensorByteSize", size, [pointer]),
        ("TF_TensorType", integer, [pointer]),
        ("TF_NumDims", integer, [pointer]),
        ("TF_Dim", ctypes.c_int64, [pointer, integer]),
    ):
        function = getattr(library, name)
        function.restype, function.argtypes = result, arguments
    return library
