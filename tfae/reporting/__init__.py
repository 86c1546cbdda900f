"""What a person looks at: the pictures and the report of a trained model.

They are imported when they are first used: the report needs no TensorFlow.
"""

__all__ = ["compare", "draw", "page"]


def __getattr__(name):
    if name in ("compare", "draw"):
        from tfae.reporting import pictures

        return getattr(pictures, name)
    raise AttributeError(f"module 'tfae.reporting' has no attribute {name!r}")
