"""The β-VAE: what the capacity costs, and what goes with it."""

import keras
import pytest

import tfae
from tfae import networks


def kl_term(inputs, steps=0, **arguments):
    keras.utils.set_random_seed(2)
    model = tfae.BetaVAE(*networks.variational(64, [20], 3), **arguments)
    model.compile("adam")
    model.optimizer.iterations.assign(steps)
    return float(model.loss_terms(inputs, inputs, True)[1]["kl"])


def test_beta_weighs_the_divergence(vectors):
    divergence = kl_term(vectors, beta=1.0)
    assert kl_term(vectors) == pytest.approx(4 * divergence, rel=1e-6)


@pytest.mark.slow
def test_the_capacity_grows_and_is_no_longer_charged(vectors):
    divergence = kl_term(vectors, beta=1.0)
    options = {"beta": 2.0, "capacity": 10 * divergence, "capacity_steps": 100}
    for steps, capacity in ((0, 0.0), (5, 0.5), (10, 1.0), (50, 5.0), (900, 10.0)):
        expected = 2 * abs(1 - capacity) * divergence
        found = kl_term(vectors, steps, **options)
        assert found == pytest.approx(expected, rel=1e-4, abs=1e-4 * divergence)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"capacity": -1}, "`capacity` must be a finite number >= 0"),
        ({"capacity_steps": 1.5}, "`capacity_steps` must be an integer"),
        ({"capacity": 1.0, "free_bits": 0.1}, "takes the place of free bits"),
        ({"beta": -4}, "`beta` must be"),
    ],
)
def test_bad_arguments_are_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        tfae.BetaVAE(*networks.variational(64, [20], 3), **arguments)
