"""The processes of gpu.py, one for each engine, seen from the parent."""

import contextlib
import multiprocessing
import time

import gpu_cells

LATE = "an epoch was not over within the budget"


class Engine:
    """The parent's side of one engine's process.

    Args:
        name: What tables call it.
        module: Name of the module with the child's side, a class `Engine`.
        options: Dict of arguments of that class.
        device: `"gpu"` or `"cpu"`.

    Attributes:
        about: Dict of the versions, and of the name of the GPU, that the child told.
        left_out: Why it cannot run at all, or `None`.
    """

    def __init__(self, name, module, options, device):
        self.name, self.arguments = name, (module, options, device)
        self.process, self.about, self.left_out = None, {}, None

    def begin(self, cell):
        """Sends a cell, to a new process if the last one has ended."""
        if self.process is None:
            context = multiprocessing.get_context("spawn")
            self.connection, other = context.Pipe()
            self.process = context.Process(
                target=gpu_cells.work, args=(other, *self.arguments), daemon=True
            )
            self.process.start()
            other.close()
        self._send(cell)

    def _send(self, message):
        with contextlib.suppress(OSError):  # `receive` tells how the process ended
            self.connection.send(message)

    def receive(self, until):
        """The next word about the cell and its value; a process that is late is ended.

        Args:
            until: Time of `time.monotonic` to wait for.
        """
        while True:
            try:
                if not self.connection.poll(max(0, until - time.monotonic())):
                    self.end()
                    return "failed", LATE
                word, value = self.connection.recv()
            except (EOFError, OSError):
                self.process.join(5)
                code = self.process.exitcode
                self.end()
                return "failed", f"the process ended with code {code}"
            if word == "about":
                self.about = value
                continue
            if word == "unavailable":
                self.end()
                self.left_out = value
                return "failed", value
            return word, value

    def turn(self, word, until):
        """Sends `"go"` or `"stop"`; returns what comes back."""
        self._send(word)
        return self.receive(until)

    def end(self, waits=0):
        """Ends the process.

        Args:
            waits: Seconds that it has to end by itself.
        """
        if self.process is not None:
            if waits:
                self._send(None)
                self.process.join(waits)
            self.process.kill()
            self.process.join()
            self.connection.close()
            self.process = None
