"""`tfae export --format`: a table of what was written, and how it agrees."""

import json

from rich.table import Column, Table

from tfae.cli.loading import without_stderr
from tfae.cli.output import console


def check(given):
    """Raises `ValueError` for options that only a SavedModel has.

    Args:
        given: Dict from option to its value, `None` if it was not given.
    """
    for option, value in given.items():
        if value is not None:
            raise ValueError(
                f"{option} is for SavedModels. Received: {option} with another "
                "--format. Leave one of them out."
            )


def export(model, directory, format, as_json=False, **options):
    """Exports a model in a format, and prints what was measured."""
    from tfae.export import to

    with without_stderr():  # the runtimes greet
        folder, report = to(model, directory, format, **options)
    if as_json:
        print(json.dumps({"folder": str(folder), **report}, indent=2))
        return
    print(f"wrote {folder}, {report['bytes'] / 1000:,.1f} kB")
    table = Table(
        *("signature", "file", "output"),
        *(Column(name, justify="right") for name in ("difference", "ms a call")),
        box=None,
        pad_edge=False,
    )
    for name, found in report["signatures"].items():
        first = (name, found["file"]), f"{found['milliseconds']:.3g}"
        for key, difference in found["difference"].items():
            labels, milliseconds = first
            table.add_row(*labels, key, f"{difference:.1e}", milliseconds)
            first = ("", ""), ""
    console.print(table)
    for name, found in report["signatures"].items():
        for key, share in found["equal"].items():
            print(f"{name}: {share:.1%} of {key} are those of the model")
    if report["error"]:
        model_error, export_error = report["error"].values()
        print(
            f"mean squared error of reconstructions: {model_error:.4g}, and "
            f"{export_error:.4g} with 8 bits"
        )
    elif not report["int8"]:
        print(f"checked: its runtime loads it and answers as the model ({format})")
