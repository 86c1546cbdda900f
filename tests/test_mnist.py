"""On the real MNIST: what the TF1 scripts reached, and what their checkpoints give."""

import os
from pathlib import Path

import numpy as np
import pytest

from tfae import evaluation, recipes, training
from tfae.migration import checkpoints

# What the recipes are for, at its size; quicker on the digits: test_contract.py,
# test_training.py and test_tf1_checkpoints.py.
pytestmark = pytest.mark.slow


def test_mnist_is_split_as_the_script_had_it(mnist):
    sizes = [len(part.inputs) for part in (mnist.train, mnist.valid, mnist.test)]
    assert sizes == [50_000, 10_000, 10_000]
    assert mnist.image_shape == (28, 28, 1)


def test_flagship_reaches_the_tf1_script(mnist, tmp_path):
    recipe = recipes.get("leaky_relu_mnist")
    run = training.run(recipe, tmp_path, mnist, verbose=0)
    assert run.metrics["epochs"] == 10
    assert run.metrics["figures"]["valid_mse"] <= 0.0058


def test_pca_with_32_components_is_the_published_figure(mnist):
    error = evaluation.pca_error(mnist.train.inputs, mnist.test.inputs, 32)
    assert abs(error - 0.016828) < 2e-5


@pytest.fixture
def published():
    """Folder of two checkpoints that a user of the notebook trained with TF1."""
    if "TFAE_TF1_CHECKPOINTS" not in os.environ:
        pytest.skip("TFAE_TF1_CHECKPOINTS names no folder with checkpoints of TF1")
    return Path(os.environ["TFAE_TF1_CHECKPOINTS"])


def test_a_published_stack_rebuilds_as_it_did(mnist, published):
    path = published / "my_model_tying_weights.ckpt"
    model = checkpoints.load(path, "notebook_tied").model
    outputs = model.predict(mnist.test.inputs, batch_size=1000, verbose=0)
    error = np.mean(np.square(outputs - mnist.test.inputs, dtype="float64"))
    assert abs(error - 0.0171496) < 1e-6


def test_a_published_classifier_errs_as_it_did(mnist, published):
    path = published / "my_model_supervised.ckpt"
    model = checkpoints.load(path, "notebook_classifier").model
    classes = model.predict(mnist.test.inputs, batch_size=1000, verbose=0)
    right = classes.argmax(axis=1) == mnist.test.labels
    assert right.sum() == 9442
