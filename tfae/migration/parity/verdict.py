"""Verdict on whether a legacy program and its twin agree up to rounding."""

from typing import NamedTuple

import numpy as np

FIRST_STEPS = 100
MEAN_LOSS = 1e-5  # tolerance of mean losses in float32
LOSS, WEIGHT = 1e-9, 1e-8  # tolerances in float64, relative for losses
CRITERIA = {
    "float64": f"losses of each step that differ by {LOSS:g} of their value at most, "
    f"and weights by {WEIGHT:g}",
    "float32": f"mean losses of an example, over the first {FIRST_STEPS} steps of each "
    f"phase, that differ by {MEAN_LOSS:g} at most",
}
TIMES = 10
ROUNDING = (
    "The verdict is rounding where program and twin differ, in their losses up to "
    f"each step and in float64 in their final weights, by at most {TIMES} times as "
    "much as two runs of the program that round differently. A pair that meets the "
    f"criterion in float64, or is within {TIMES} units in the last place of a loss in "
    "float32, agrees without it."
)


class Parity(NamedTuple):
    """Results of both sides.

    Attributes:
        legacy_losses: Loss of each step of the graph, before its update; array of
            shape `(phases, steps)`.
        keras_losses: The same for the twin, in the legacy program's units.
        weight_difference: Largest absolute difference of any weight at the end.
        dtype: Name of the type of the numbers on both sides.
        summed_over: Number of examples over which a loss is summed, or 1 for a mean.
        constant: Constant that the twin's loss contained when it was rounded.
        itself: `Parity` of the program and, in the twin's place, the program with a
            different rounding: of Adam's β₂ᵗ before the first step, or without Adam of
            the weights. `None` in that `Parity`.
    """

    legacy_losses: np.ndarray
    keras_losses: np.ndarray
    weight_difference: float
    dtype: str = "float64"
    summed_over: int = 1
    constant: float = 0.0
    itself: "Parity | None" = None

    @property
    def loss_differences(self):
        """Difference of the losses of each step, relative to the legacy one."""
        return relative_differences(self.legacy_losses, self.keras_losses)

    @property
    def loss_difference(self) -> float:
        """The largest of these differences."""
        return float(np.max(self.loss_differences))

    @property
    def mean_loss_difference(self) -> float:
        """Difference of the mean losses of the first 100 steps, per example.

        With several phases, the largest difference.
        """
        difference = (self.keras_losses - self.legacy_losses)[:, :FIRST_STEPS]
        return float(np.abs(difference.mean(axis=1)).max()) / self.summed_over

    @property
    def agrees(self) -> bool:
        """Whether the two sides meet the `CRITERIA`."""
        if self.dtype == "float64":
            return self.loss_difference <= LOSS and self.weight_difference <= WEIGHT
        return self.mean_loss_difference <= MEAN_LOSS

    @property
    def verdict(self) -> str:
        """Whether the two agree: `"yes"`, `"rounding"`, or `"no"`.

        Rounding explains differences up to a multiple of its effect on the program
        itself, up to each step of each phase: chaos at the end does not explain a
        difference at the beginning. Differences within the criterion in float64, or of
        a few units in the last place of a loss in float32, need no explanation. These
        are units of the twin's loss, which may contain a constant.
        """
        if self.agrees:
            return "yes"
        return "rounding" if self._excused() else "no"

    def _excused(self):
        if self.itself is None:
            return False
        ours, own = self._parted_by_then(), self.itself._parted_by_then()
        if self.dtype == "float32":
            legacy = np.abs(self.legacy_losses)
            units = TIMES * np.finfo("float32").eps * (legacy + abs(self.constant))
            # Relative, and the largest up to each step, as the differences are.
            least = units / np.maximum(legacy, np.finfo("float64").tiny)
            least = np.maximum.accumulate(least, axis=1)
            return bool(np.all(ours <= np.maximum(least, TIMES * own)))
        weights = max(WEIGHT, TIMES * self.itself.weight_difference)
        losses = np.all(ours <= np.maximum(LOSS, TIMES * own))
        return bool(losses and self.weight_difference <= weights)

    def _parted_by_then(self):
        """The largest relative difference of a loss up to each step of a phase."""
        return np.maximum.accumulate(self.loss_differences, axis=1)


def relative_differences(legacy, ours):
    """Differences of two arrays, relative to the first; 0 where they are equal."""
    tiny = np.finfo("float64").tiny
    return np.abs(ours - legacy) / np.maximum(np.abs(legacy), tiny)
