"""The plots and the report of a trained model.

Submodules are imported on first use: the report does not need TensorFlow.
"""

__all__ = ["compare", "draw", "page"]


def __getattr__(name):
    if name in ("compare", "draw"):
        from tfae.reporting import pictures

        return getattr(pictures, name)
    raise AttributeError(f"module 'tfae.reporting' has no attribute {name!r}")
