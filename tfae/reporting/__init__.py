"""The plots and the report of a trained model.

Submodules are imported on first use: the report does not need TensorFlow.
"""

__all__ = ["compare", "draw", "page"]


def __getattr__(name):
    if name == "draw":
        from tfae.reporting.pictures import draw

        return draw
    if name == "compare":
        from tfae.reporting.comparing import compare

        return compare
    raise AttributeError(f"module 'tfae.reporting' has no attribute {name!r}")
