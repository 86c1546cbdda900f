"""The winner-take-all autoencoder: whose activations reach the decoder."""

import numpy as np
import pytest

import tfae
from tfae.layers import KSparse, LifetimeSparsity


def new_model(winners, activation="relu"):
    encoder, decoder = tfae.networks.dense(64, [20], activation, tie_weights=True)
    return tfae.WinnerTakeAllAutoencoder(encoder, decoder, winners)


def test_losers_do_not_reach_the_decoder_in_training(vectors):
    model = new_model(LifetimeSparsity(0.1))
    codes = model.encoder(vectors)
    kept = LifetimeSparsity(0.1)(codes, training=True)
    np.testing.assert_allclose(
        model(vectors, training=True), model.decode(kept), atol=1e-6
    )
    np.testing.assert_array_equal(model.encode(vectors), codes)


def test_k_sparse_codes_are_sparse_at_inference(vectors):
    model = new_model(KSparse(3, inference_k=5), "linear")
    assert (np.count_nonzero(model.encode(vectors), axis=1) == 5).all()
    np.testing.assert_allclose(
        model(vectors), model.decode(model.encode(vectors)), atol=1e-6
    )


@pytest.mark.parametrize("winners", [LifetimeSparsity(0.1), KSparse(4), None])
def test_the_layer_survives_a_round_trip(winners):
    config = new_model(winners).get_config()
    copy = tfae.WinnerTakeAllAutoencoder.from_config(config)
    assert copy.get_config() == config


def test_more_winners_than_units_are_refused(vectors):
    with pytest.raises(ValueError, match="21 units cannot stay active"):
        new_model(KSparse(21))(vectors)
