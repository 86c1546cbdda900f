"""The graphs of a legacy program, usable together with eager code."""

import contextlib
import importlib
import re

import numpy as np
import tensorflow as tf

from tfae.migration import twins
from tfae.migration.twins import TWINS
from tfae.types import ArrayLike

v1 = tf.compat.v1
POWER = re.compile(r"(^|/)beta2_power(_\d+)?$")  # of each Adam of a graph


def check(program: str, inputs: ArrayLike, labels: ArrayLike | None = None):
    """Inputs and labels as arrays for the program.

    Args:
        program: Name of a legacy program.
        inputs: Examples `(n, features)`, at least one batch of the program.
        labels: Their `n` classes, integers from 0, or `None`.

    Returns:
        Inputs in float32, and labels or `None`.

    Raises:
        ValueError: If there is no such program, or the data do not fit it.
    """
    if program not in TWINS:
        raise ValueError(
            f"There is no legacy program {program!r}. Programs: {', '.join(TWINS)}"
        )
    twin = TWINS[program]
    recipe = twins.recipe_of(program)
    inputs = np.asarray(inputs, "float32")
    if inputs.ndim != 2:
        raise ValueError(
            "`inputs` must be of shape (n, features). Received: an array of shape "
            f"{inputs.shape}"
        )
    if not np.isfinite(inputs).all():
        raise ValueError("`inputs` must be finite. Received: some that are not")
    twins.example_shape(recipe, inputs.shape[1])
    size = recipe.batch_size
    if len(inputs) < size:
        raise ValueError(
            f"{program} takes batches of {size} examples. Received: {len(inputs)}"
        )
    classes = twin.classes
    if bool(classes) != (labels is not None):
        raise ValueError(
            f"{program} takes {'labels' if classes else 'no labels'}. Received: "
            f"labels={'None' if labels is None else 'some'}"
        )
    if labels is None:
        return inputs, None
    labels = np.asarray(labels)
    received = f"{labels.dtype} of shape {labels.shape}"
    fits = labels.shape == inputs.shape[:1] and labels.dtype.kind in "iu"
    if fits:
        lowest, highest = labels.min(), labels.max()
        received += f", {lowest} to {highest}"
        fits = lowest >= 0 and highest < classes
    if not fits:
        raise ValueError(
            f"{program} takes a class from 0 to {classes - 1} for each of "
            f"{len(inputs)} examples. Received: {received}"
        )
    return inputs, labels


class Graphs(contextlib.ExitStack):
    """A session on each graph of a program, with initial values.

    Args:
        program: Name of a module of `legacy_tf1_ports`.
        features: Integer, number of features of an example.
        dtype: Name of the type of its variables.
        seed: Integer, seed of the initial values and of the graphs' draws.

    Attributes:
        phases: List of (session, `legacy_tf1_ports._graph.Program`), one for each
            phase of training.
    """

    def __init__(self, program, features, dtype, seed=0):
        super().__init__()
        module = importlib.import_module(f"legacy_tf1_ports.{program}")
        self.phases = []
        for build in getattr(module, "GRAPHS", (module.build,)):
            with tf.Graph().as_default() as graph:
                v1.set_random_seed(seed)
                made = build(features, tf.as_dtype(dtype))
                made = made if isinstance(made, list) else [made]
                # Not entered, which would make its graph the default one.
                session = self.enter_context(
                    contextlib.closing(v1.Session(graph=graph))
                )
                session.run(v1.global_variables_initializer())
            self.phases += [(session, one) for one in made]
            # The inputs of a second graph are the codes of the first.
            features = features if made[-1].codes is None else made[-1].codes.shape[-1]

    def assign(self, weights):
        """Assigns one list of `weights` to the variables of each phase."""
        for (session, program), values in zip(self.phases, weights, strict=True):
            _assign(session, program.variables, values)

    def round_otherwise(self, towards=0.0):
        """Perturbs numbers that affect all steps by one unit in the last place.

        For Adam it is β₂ᵗ of each graph, since two ways of computing a power may differ
        by as much. A step is proportional to √(1 − β₂ᵗ), which amplifies the difference
        in the first steps: in float32 to 3e-5 of the first step. For a program without
        Adam, the initial weights are perturbed.

        Args:
            towards: Float, direction of the perturbation.
        """
        for session in {session for session, _ in self.phases}:
            with session.graph.as_default():
                variables = v1.global_variables()
            chosen = [one for one in variables if POWER.search(one.op.name)]
            if not chosen:
                programs = [one for other, one in self.phases if other is session]
                chosen = [one for program in programs for one in program.variables]
            found = session.run(chosen)
            rounded = [np.nextafter(one, one.dtype.type(towards)) for one in found]
            _assign(session, chosen, rounded)

    def weights(self):
        """Values of the variables of each phase."""
        return [session.run(program.variables) for session, program in self.phases]

    def inputs_of(self, phase, inputs):
        """Feeds of a phase, computed from those of the first: the same, or codes."""
        if phase == 0:
            return inputs
        session, program = self.phases[phase]
        before, previous = self.phases[phase - 1]
        fed = self.inputs_of(phase - 1, inputs)
        if session is before and program.inputs is not previous.codes:
            return fed
        return before.run(previous.codes, {previous.inputs: fed})


def _assign(session, variables, values):
    from legacy_tf1_ports import _graph

    with session.graph.as_default():
        _graph.assign(session, variables, values)
