"""Progress display of a training."""

import keras
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

LINES = 5  # per fit, outside a terminal


class Lines(keras.callbacks.Callback):
    """Prints a few lines per `fit`, or one for a short `fit` before the training.

    Args:
        epochs: Epochs of the main training; other fits train layers or priors.
    """

    def __init__(self, epochs):
        super().__init__()
        self.epochs = epochs

    def on_epoch_end(self, epoch, logs=None):
        total = self.params["epochs"]
        lines = LINES if total == self.epochs else 1
        if (epoch + 1) * lines // total > epoch * lines // total:
            print(f"epoch {epoch + 1}/{total}  {_figures(logs)}", flush=True)


class Bar(keras.callbacks.Callback):
    """Draws one bar for all epochs of a `fit`."""

    def on_train_begin(self, logs=None):
        self._bar = Progress(
            TextColumn("epoch {task.fields[epoch]}/{task.total}"),
            BarColumn(),
            TimeRemainingColumn(elapsed_when_finished=True),
            TextColumn("{task.fields[figures]}"),
        )
        total = self.params["epochs"]
        self._task = self._bar.add_task("", total=total, epoch=0, figures="")
        self._bar.start()

    def on_epoch_begin(self, epoch, logs=None):
        self._epoch = epoch
        self._bar.update(self._task, completed=epoch, epoch=epoch + 1)

    def on_train_batch_end(self, batch, logs=None):
        steps = self.params.get("steps")
        if steps:
            done = self._epoch + (batch + 1) / steps
            self._bar.update(self._task, completed=done)

    def on_epoch_end(self, epoch, logs=None):
        figures = _figures(logs)
        self._bar.update(self._task, completed=epoch + 1, figures=figures)

    def on_train_end(self, logs=None):
        self.close()

    def close(self):
        """Ends the bar, also after an interruption."""
        if hasattr(self, "_bar"):
            self._bar.stop()


def _figures(logs):
    names = [name for name in ("loss", "val_loss") if name in (logs or {})]
    return "  ".join(f"{name} {logs[name]:.4g}" for name in names)
