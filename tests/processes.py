"""Processes of their own, forked from one that has imported TensorFlow."""

import multiprocessing
import os
import resource
import signal
import subprocess
import sys
import tempfile
from multiprocessing import forkserver
from pathlib import Path

import pytest

import tfae
from tfae import reporting, training
from tfae.callbacks import resuming
from tfae.cli import main
from tfae.export import export

# Forked before TensorFlow has threads, by a server that imports it once. What is named
# here takes long to import, too.
IMPORTED = (reporting, training)
context = multiprocessing.get_context("forkserver")
context.set_forkserver_preload([__name__])


def start(target, *arguments):
    """A process that runs one of the functions below; it gets a connection, too."""
    with pytest.MonkeyPatch.context() as patch:
        # By this alone does the server find this file, before Python 3.12.
        patch.setenv("PYTHONPATH", str(Path(__file__).parent), prepend=os.pathsep)
        forkserver.ensure_running()
    ours, theirs = context.Pipe()
    process = context.Process(target=target, args=(theirs, *arguments), daemon=True)
    process.start()
    theirs.close()
    return process, ours


def call(target, folder, *arguments, **variables):
    """Runs a function as `subprocess.run` would a program, in a folder."""
    with tempfile.TemporaryDirectory() as written:
        files = [Path(written, name) for name in ("stdout", "stderr")]
        process, _ = start(_called, target, folder, files, variables, arguments)
        process.join()
        output = [file.read_text() for file in files]
    return subprocess.CompletedProcess(arguments, process.exitcode, *output)


def _called(connection, target, folder, files, variables, arguments):
    for descriptor, file in enumerate(files, start=1):
        os.dup2(os.open(file, os.O_WRONLY | os.O_CREAT), descriptor)
    os.environ.update(variables)
    os.chdir(folder)
    target(*arguments)


def command(*arguments):
    """The `tfae` command."""
    sys.argv = ["tfae", *map(str, arguments)]
    main()


def export_when_told(connection, folder, size=None):
    """Exports a model, which it has when it says so, at the next message.

    No file may grow beyond `size` bytes, as on a full disk.
    """
    model = tfae.StackedAutoencoder(64, [16, 4])
    connection.send("ready")
    connection.recv()
    if size is not None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
    try:
        connection.send(export(model, folder))
    except OSError as error:
        connection.send(error)


def command_killed_after(connection, rows, folder, arguments):
    """The `tfae` command, killed when it has written some rows of a history."""
    write, written = resuming.HistoryFile.on_epoch_end, []

    def write_and_die(callback, epoch, logs=None):
        write(callback, epoch, logs)
        written.append(epoch)
        if len(written) == rows:
            os.kill(os.getpid(), signal.SIGKILL)

    resuming.HistoryFile.on_epoch_end = write_and_die
    resuming.BACKUP_SECONDS = 0
    os.chdir(folder)
    command(*arguments)
