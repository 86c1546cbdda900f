"""Training on two replicas: the processor of a child process in two parts."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
import tensorflow as tf
from conftest import assert_one_line

from tfae import recipes
from tfae.training import devices

# A recipe for each class and kind of network.
CASES = {}
for recipe in recipes.RECIPES.values():
    if recipe.name.endswith(("_digits", "_faults", "_newsgroups")):
        CASES.setdefault((recipe.model, recipe.network), recipe.name)
QUICK = ("leaky_relu_digits", "variational_digits")
# Nothing is drawn in their steps, and no term depends on the batch as a whole.
EXACT = (
    *("leaky_relu_digits", "vector_quantized_digits", "convolutional_digits"),
    *("convolutional_quantized_digits", "convolutional_stacked_digits"),
    *("pixel_cnn_digits", "pixel_rnn_digits", "sequence_faults"),
    "contractive_digits",
)
# The others draw numbers, which differ between replicas, or normalize or penalize the
# means of a batch, of which each replica has its own.
DRAWN = 0.2
REFUSED = {
    "parametric_tsne_digits": "`perplexity` must be at most a third",
    "text_newsgroups": "Texts are learned on one device",
    "marginalized_digits": "The closed form is solved on one device",
}


def losses_of(*names):
    """Losses on two replicas and on one device, by recipe."""
    program = Path(__file__).with_name("replicas.py")
    result = subprocess.run(
        [sys.executable, program, "2", *names], capture_output=True, text=True
    )
    assert result.returncode == 0, result.stderr[-2000:]
    return json.loads(result.stdout)


@pytest.mark.slow
def test_two_replicas_train_as_one_device():
    found = losses_of(*QUICK)
    two, one = found["leaky_relu_digits"]
    assert two == pytest.approx(one, rel=1e-5)
    two, one = found["variational_digits"]
    assert two != one and two == pytest.approx(one, rel=DRAWN)


@pytest.mark.slow
def test_every_class_trains_on_two_replicas():
    for name, (two, one) in losses_of(*CASES.values()).items():
        if name in REFUSED:
            assert REFUSED[name] in two
            continue
        exact = name in EXACT
        assert two == pytest.approx(one, rel=1e-5 if exact else DRAWN), name


UNEVEN = (
    *("leaky_relu_digits", "contractive_digits", "variational_digits", "sparse_digits"),
    *("adversarial_digits", "hard_input_digits", "pixel_cnn_digits"),
)


@pytest.mark.slow
def test_a_replica_without_an_example_adds_nothing():
    names = [f"uneven:{name}" for name in UNEVEN]
    found = losses_of(*names, "several:leaky_relu_digits")
    assert "steps_per_execution=1" in found.pop("several:leaky_relu_digits")[0]
    for name, (two, one) in found.items():
        # Its last step weighs half, as the parts of a batch count alike.
        assert two == pytest.approx(one, rel=DRAWN), name


@pytest.mark.parametrize(
    ("replicas", "words"),
    [
        (3, ("--replicas must divide the batch", "--replicas 3 for --batch-size 64")),
        (4096, ("--replicas must divide the batch",)),
        (64, ("--replicas must be at most the number of GPUs",)),
        (0, ("--replicas must be a positive integer",)),
    ],
)
def test_replicas_that_cannot_be_are_refused(call_cli, replicas, words):
    command = ("train", "leaky_relu_digits", "--replicas", replicas)
    assert_one_line(call_cli(*command), *words)


def test_the_processor_is_divided_before_it_computes():
    tf.zeros(1)
    with pytest.raises(ValueError, match="at the start of the program"):
        devices.prepare(2)
