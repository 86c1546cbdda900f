"""Greedy pretraining: what it refuses, and how it says so."""

import keras
import pytest
from stacks import Snapshots, fit, new_model

import tfae


def sequential(encoder, decoder):
    return keras.Sequential([encoder, decoder])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"epochs": 0}, "`epochs` must be a positive integer"),
        ({"epochs": [1, 2]}, "`epochs` must be one value, or one for each of 3 layers"),
        ({"epochs": 2}, "phases of pretraining take 6 epochs. Received: epochs=3"),
        *(
            ({"epochs": 1, **ahead}, "for layers that are trained on `inputs`")
            for ahead in ({"batch_size": 5}, {"callbacks": [Snapshots()]})
        ),
        ({"epochs": 1, "learner": "sparse"}, "`learner` must be a class, a function"),
        *(
            ({"epochs": 1, "learner": learner}, "a model of tfae that takes an encoder")
            for learner in (
                {"class_name": "Nonesuch"},
                {"class_name": "autoencoder"},
                {"class_name": "Classifier"},
                tfae.MarginalizedDenoisingAutoencoder,
                tfae.StackedAutoencoder,
            )
        ),
        (
            {"epochs": 1, "learner": {"class_name": "DenoisingAutoencoder"}},
            "DenoisingAutoencoder cannot be made of {}",
        ),
        (
            {"epochs": 1, "learner": {"class": "VQVAE"}},
            "A learner must be given as itself or as a dict of class_name and config",
        ),
        (
            {"epochs": 1, "learner": sequential},
            "must be an autoencoder of 64 features. Received: Sequential",
        ),
    ],
)
def test_bad_arguments_are_refused(vectors, arguments, message):
    with pytest.raises(ValueError, match=message):
        fit(new_model(), vectors, tfae.GreedyPretraining(**arguments))


def test_learners_must_rebuild_what_they_get(vectors):
    def narrow(encoder, decoder):
        return tfae.Autoencoder(encoder, keras.layers.Dense(5))

    with pytest.raises(ValueError, match=r"layer 1 must be .* 64 .*shape \(None, 5\)"):
        fit(new_model(), vectors, tfae.GreedyPretraining(1, narrow))


def test_models_without_stages_are_refused(vectors):
    model = tfae.Autoencoder(*tfae.networks.dense(64, [8]))
    model.compile("adam", "mse")
    with pytest.raises(ValueError, match="has no `stages`"):
        fit(model, vectors, tfae.GreedyPretraining(1))


@pytest.mark.parametrize("rate", [-1.0, "0.5", float("nan"), True])
def test_learning_rates_are_numbers(rate):
    with pytest.raises(ValueError, match="`learning_rate` must be a number > 0"):
        tfae.GreedyPretraining(1, learning_rate=rate)


def test_a_schedule_cannot_be_replaced(vectors):
    model = new_model()
    model.compile(
        keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(0.01, 10)), "mse"
    )
    with pytest.raises(ValueError, match="cannot replace a schedule"):
        fit(model, vectors, tfae.GreedyPretraining(1, learning_rate=0.1))
    fit(model, vectors, tfae.GreedyPretraining(1))


def test_learners_have_no_weights_of_their_own(vectors):
    def other(encoder, decoder):
        return tfae.Autoencoder(encoder, keras.layers.Dense(decoder.units))

    with pytest.raises(ValueError, match="train the layers it is given and no others"):
        fit(new_model(), vectors, tfae.GreedyPretraining(1, other))
