"""The `tfae` command, with one file per subcommand."""

import os
import re
import sys
from typing import Annotated

import typer

from tfae import __version__
from tfae.cli import (
    compare,
    detect_report,
    detect_score,
    detect_train,
    evaluate,
    export,
    finetune,
    import_checkpoint,
    index,
    list_recipes,
    map_codes,
    messages,
    modules,
    open_report,
    plot,
    predict,
    publish,
    runs,
    sample,
    search,
    show,
    train,
    tune,
)

INTERRUPTED = 130  # what Typer returns after Ctrl-C

app = typer.Typer(
    no_args_is_help=True,
    help="Train, evaluate, plot and export the classic autoencoders.",
)
for _name, _function in (
    ("list", list_recipes.list_recipes),
    ("show", show.show),
    ("train", train.train),
    ("tune", tune.tune),
    ("evaluate", evaluate.evaluate),
    ("runs", runs.runs),
    ("open", open_report.open_report),
    ("finetune", finetune.finetune),
    ("plot", plot.plot),
    ("map", map_codes.map_codes),
    ("index", index.index),
    ("search", search.search),
    ("sample", sample.sample),
    ("export", export.export),
    ("publish", publish.publish),
    ("predict", predict.predict),
    ("compare", compare.compare),
    ("import-checkpoint", import_checkpoint.import_checkpoint),
):
    app.command(_name, cls=messages.Command)(_function)
detect = typer.Typer(
    no_args_is_help=True, help="Detect anomalies: train, score and report."
)
for _name, _function in (
    ("train", detect_train.train),
    ("score", detect_score.score),
    ("report", detect_report.report),
):
    detect.command(_name, cls=messages.Command)(_function)
app.add_typer(detect, name="detect")


def main():
    """Entry point: user errors become one line on stderr and exit code 2."""
    # Before TensorFlow is loaded, to hide its start-up messages.
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    # Convolutions without XLA train up to twice as fast with oneDNN, which TensorFlow
    # enables by default only on the newest processors.
    os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")
    try:
        code = app(standalone_mode=False)
        if code == INTERRUPTED:
            training = "train" in sys.argv[1:]
            hint = " Continue by the same command with --resume." if training else ""
            _fail(f"Interrupted.{hint}", code)
        sys.exit(code)
    except (ValueError, OSError) as error:
        _fail(str(error))
    except MemoryError as error:
        _fail(_no_memory(error))
    except Exception as error:
        # Typer formats its own errors (unknown option, wrong type).
        if hasattr(error, "format_message"):
            message = error.format_message()
            _fail(message) if message else sys.exit(2)  # `tfae` has shown its help
        if type(error).__name__ == "ResourceExhaustedError":  # of TensorFlow
            _fail(_no_memory(error))
        raise


def _no_memory(error):
    """Message for too little memory, with the size from the error."""
    size = re.search(r"shape ?\[?\(?[\d, ]+", str(error))
    what = f" for an array of {size[0].strip()}]" if size else ""
    return f"There is not enough memory{what}. Process less at once."


def _fail(message, code=2):
    # Keras wraps errors of layers in their place and arguments, in bold letters.
    framed = re.search(
        r"^Exception encountered .*?\x1b\[1m(.*?)\x1b\[0m", message, re.S
    )
    message = framed[1] if framed else message
    print(f"Error: {' '.join(message.split())}", file=sys.stderr)
    sys.exit(code)


@app.callback(invoke_without_command=True)
def _root(
    context: typer.Context,
    version: Annotated[
        bool, typer.Option("--version", help="Show the version.")
    ] = False,
    modules_: Annotated[
        list[str] | None,
        typer.Option(
            "--import",
            metavar="MODULE",
            help="Module or .py file with your own classes and recipes; repeatable.",
        ),
    ] = None,
):
    if version:
        print(f"tfae {__version__}")
        raise typer.Exit()
    if context.invoked_subcommand is None:
        raise ValueError(
            "The command is missing. Give one after --import, such as list."
        )
    for name in modules_ or ():
        modules.load(name)
