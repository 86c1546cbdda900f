"""Processes that can be killed, forked from one that has imported TensorFlow."""

import multiprocessing
import os
import resource
import signal
import sys

import tfae
from tfae.callbacks import resuming
from tfae.cli import main
from tfae.export import export

# Forked before TensorFlow has threads, by a server that imports it once.
context = multiprocessing.get_context("forkserver")
context.set_forkserver_preload([__name__])


def start(target, *arguments):
    """A process that runs one of the functions below; it gets a connection, too."""
    ours, theirs = context.Pipe()
    process = context.Process(target=target, args=(theirs, *arguments), daemon=True)
    process.start()
    theirs.close()
    return process, ours


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
    os.chdir(folder)
    sys.argv = ["tfae", *map(str, arguments)]
    main()
