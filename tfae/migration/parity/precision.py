"""The floating-point type with which Keras builds models."""

import contextlib

import keras


@contextlib.contextmanager
def floatx(dtype):
    """Models built in the block have variables and results of `dtype`."""
    before = keras.config.floatx(), keras.config.dtype_policy()
    keras.config.set_floatx(dtype)
    keras.config.set_dtype_policy(dtype)
    try:
        yield
    finally:
        keras.config.set_floatx(before[0])
        keras.config.set_dtype_policy(before[1])
