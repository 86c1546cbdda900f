"""`tfae open`."""

import shlex
import webbrowser
from pathlib import Path
from typing import Annotated

import typer

from tfae.cli.options import Quiet
from tfae.cli.output import check_writable
from tfae.cli.paths import model_file
from tfae.cli.run_folder import METRICS, shown


def open_report(
    run: Annotated[Path, typer.Argument(help="The folder that training wrote.")],
    browser: Annotated[
        bool, typer.Option(help="Open the report in a browser, or only write it.")
    ] = True,
    quiet: Quiet = False,
):
    """Write the HTML report of a run into its folder and open it in a browser."""
    from tfae import files

    folder = model_file(run).parent
    metrics = folder / METRICS
    if not metrics.is_file():
        raise ValueError(
            f"{folder} holds a model without {METRICS}, so there is no run to report. "
            "Give the folder of a run of `tfae train`."
        )
    check_writable(folder, ["report.html"])
    from tfae.cli.repeating import command_of
    from tfae.cli.summary import warnings_of
    from tfae.reporting import page

    whole = folder.resolve()
    again = shlex.quote(str(shown(whole.with_name(f"{whole.name}_again"))))
    try:
        found = files.read_json(metrics)
        command = command_of(found["settings"])
        told = command and f"{command} --output {again}", warnings_of(found)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise ValueError(f"{metrics} is not one of `tfae train`.") from error
    text = page.page(shown(folder), *told)
    file = folder / page.NAME
    with files.atomic(file) as beside:
        beside.write_text(text, encoding="utf-8")
    print(f"wrote {shown(file)}")
    if browser and not webbrowser.open(file.resolve().as_uri()):
        raise ValueError(
            f"There is no browser to open. Open {file} yourself, or use --no-browser."
        )
