"""Calls that cannot be meant raise errors of this package. A row is one of them."""

import dataclasses

import numpy as np
import pytest

import tfae
from tfae import datasets, evaluation, fine_tuning, networks, plots, recipes
from tfae.evaluation import index, maps, probes

pytestmark = pytest.mark.attacks

ROWS = np.linspace(0, 1, 40 * 8, dtype="float32").reshape(40, 8)
HUGE = 10**30


def stack():
    model = tfae.StackedAutoencoder(8, [4])
    model.compile(optimizer="adam", loss="mse")
    return model


def variational():
    model = tfae.VariationalAutoencoder(*networks.variational(8, [4], 2))
    model.compile(optimizer="adam")
    return model


def recipe(**changes):
    return dataclasses.replace(recipes.get("leaky_relu_digits"), **changes)


def split():
    return datasets.load("digits")


CALLS = {
    "fit()": lambda: stack().fit(),
    "fit(None)": lambda: stack().fit(None),
    "fit([])": lambda: stack().fit(np.zeros((0, 8), "f4")),
    "fit('rows')": lambda: stack().fit("rows"),
    "fit(strings)": lambda: stack().fit(np.array([["a"] * 8] * 4)),
    "fit(objects)": lambda: stack().fit(np.array([[{}] * 8] * 4, object)),
    "fit(3)": lambda: stack().fit(3),
    "fit(ROWS[0])": lambda: stack().fit(ROWS[0]),
    "fit of other widths": lambda: stack().fit(ROWS[:, :5]),
    "fit of wrong targets": lambda: stack().fit(ROWS, ROWS[:5]),
    "fit of labels": lambda: stack().fit(ROWS, np.arange(40)),
    "fit of labels as a list": lambda: stack().fit(ROWS, list(range(40))),
    "fit of several inputs": lambda: stack().fit((ROWS, ROWS, ROWS, ROWS)),
    "fit with class weights": lambda: stack().fit(ROWS, class_weight={0: 1.0}),
    "fit to itself with class weights": lambda: stack().fit(
        ROWS, ROWS, class_weight={0: 1.0}
    ),
    "fit for words": lambda: stack().fit(ROWS, epochs="many"),
    "fit for 10³⁰ epochs": lambda: stack().fit(ROWS, epochs=HUGE),
    "fit in batches of 0": lambda: stack().fit(ROWS, batch_size=0),
    "fit in batches of words": lambda: stack().fit(ROWS, batch_size="many"),
    "evaluate()": lambda: stack().evaluate(),
    "evaluate strings": lambda: stack().evaluate(np.array([["a"] * 8] * 4)),
    "predict strings": lambda: stack().predict(np.array([["a"] * 8] * 4)),
    "log-likelihoods of a plain model": lambda: evaluation.log_likelihoods(
        stack(), ROWS
    ),
    "0 samples": lambda: variational().sample(0),
    "10³⁰ samples": lambda: variational().sample(HUGE),
    "samples of words": lambda: variational().sample("many"),
    "half a sample": lambda: variational().sample(1.5),
    "a seed of words": lambda: variational().sample(2, seed="a"),
    "batches(None)": lambda: datasets.batches(None, 8),
    "batches('rows')": lambda: datasets.batches("rows", 8),
    "batches(3)": lambda: datasets.batches(3, 8),
    "batches of 0": lambda: datasets.batches(ROWS, 0),
    "batches of words": lambda: datasets.batches(ROWS, "many"),
    "batches with other targets": lambda: datasets.batches(ROWS, 8, targets=ROWS[:3]),
    "batches with a target": lambda: datasets.batches(ROWS, 8, targets=3),
    "batches with a seed of words": lambda: datasets.batches(ROWS, 8, seed="a"),
    "batches with 10³⁰ passes": lambda: datasets.batches(ROWS, 8, passes=HUGE),
    "batches from a word": lambda: datasets.batches(ROWS, 8, first_epoch="a"),
    "batches shuffled by a word": lambda: datasets.batches(ROWS, 8, shuffle="most"),
    "load(None)": lambda: datasets.load(None),
    "load(3)": lambda: datasets.load(3),
    "load([])": lambda: datasets.load([]),
    "load('')": lambda: datasets.load(""),
    "load of half a validation": lambda: datasets.load("digits", 0.5),
    "load of a validation of text": lambda: datasets.load("digits", "5"),
    "load of a true validation": lambda: datasets.load("digits", True),
    "load of a negative validation": lambda: datasets.load("digits", -1),
    "load of a huge validation": lambda: datasets.load("digits", HUGE),
    "tfae.load(None)": lambda: tfae.load(None),
    "tfae.load(3)": lambda: tfae.load(3),
    "tfae.load('')": lambda: tfae.load(""),
    "tfae.load of a stream": lambda: tfae.load("/dev/zero"),
    "recipes.get(None)": lambda: recipes.get(None),
    "recipes.get(3)": lambda: recipes.get(3),
    "recipes.get([])": lambda: recipes.get([]),
    "run of a name": lambda: tfae.run("leaky_relu_digits", "out"),
    "run of nothing": lambda: tfae.run(None, "out"),
    "run into nothing": lambda: tfae.run(recipe(), None),
    "run into a number": lambda: tfae.run(recipe(), 3),
    "run of arrays": lambda: tfae.run(recipe(), "out", ROWS),
    "run of a name of data": lambda: tfae.run(recipe(), "out", "digits"),
    "run with a seed of words": lambda: tfae.run(recipe(), "out", seed="a"),
    "run with a negative seed": lambda: tfae.run(recipe(), "out", seed=-1),
    "run with a huge seed": lambda: tfae.run(recipe(), "out", seed=HUGE),
    "a recipe of 10³⁰ epochs": lambda: recipe(epochs=HUGE),
    "a recipe of words": lambda: recipe(epochs="many"),
    "a recipe of true epochs": lambda: recipe(epochs=True),
    "a recipe of 10³⁰ passes": lambda: recipe(passes=HUGE),
    "a recipe of a huge rate": lambda: recipe(learning_rate=1e308),
    "a recipe of no rate": lambda: recipe(learning_rate=None),
    "a recipe without a name": lambda: recipe(name=None),
    "a recipe of a list": lambda: recipe(arguments=[1]),
    "a recipe whose network is a number": lambda: recipe(network=3),
    "a stack of no shape": lambda: tfae.StackedAutoencoder(None, [4]),
    "a stack of words": lambda: tfae.StackedAutoencoder("many", [4]),
    "a stack of no widths": lambda: tfae.StackedAutoencoder(8, None),
    "a stack of a width": lambda: tfae.StackedAutoencoder(8, "4"),
    "a stack of negative widths": lambda: tfae.StackedAutoencoder(8, [-4]),
    "an autoencoder of nothing": lambda: tfae.Autoencoder(None, None),
    "an autoencoder of words": lambda: tfae.Autoencoder("encoder", "decoder"),
    "a classifier of nothing": lambda: fine_tuning.classifier(None, 10),
    "a classifier of no classes": lambda: fine_tuning.classifier(stack(), 0),
    "a classifier of words": lambda: fine_tuning.classifier(stack(), "many"),
    "a classifier of nobody": lambda: fine_tuning.classifier(stack(), 3, train="none"),
    "few labels of words": lambda: tfae.few_labels.compare(
        stack(), split(), counts=["many"]
    ),
    "few labels of no seeds": lambda: tfae.few_labels.compare(
        stack(), split(), seeds=[]
    ),
    "few labels of 10³⁰ seeds": lambda: tfae.few_labels.compare(
        stack(), split(), seeds=HUGE
    ),
    "few labels of 10³⁰ epochs": lambda: tfae.few_labels.compare(
        stack(), split(), epochs=HUGE
    ),
    "pretraining of no epochs": lambda: tfae.GreedyPretraining(epochs=0),
    "pretraining of 10³⁰ epochs": lambda: tfae.GreedyPretraining(epochs=HUGE),
    "unfreezing of words": lambda: tfae.GradualUnfreezing("many"),
    "a map of nothing": lambda: maps.project(None),
    "a map of words": lambda: maps.project(np.array([["a"]] * 50)),
    "a map of NaN": lambda: maps.project(np.full((50, 3), np.nan)),
    "a map of equal codes": lambda: maps.project(np.ones((50, 3))),
    "a map by nothing": lambda: maps.project(ROWS, "nothing"),
    "a map of an infinite perplexity": lambda: maps.project(
        ROWS, perplexity=float("inf")
    ),
    "a search by nothing": lambda: index.Index(None),
    "a search of words": lambda: index.Index(np.array([["a"]])),
    "a search of NaN": lambda: index.Index(np.full((4, 3), np.nan)),
    "a search by another metric": lambda: index.Index(ROWS, "city"),
    "an index that is not there": lambda: index.load("missing.npz"),
    "an index of a number": lambda: index.load(3),
    "probes of nothing": lambda: probes.check(["nothing"]),
    "probes of a number": lambda: probes.check([3]),
    "an export of nothing": lambda: tfae.export.export(None, "out"),
    "an export into nothing": lambda: tfae.export.export(stack(), None),
    "an export of version 0": lambda: tfae.export.export(stack(), "out", 0),
    "an export of version '1'": lambda: tfae.export.export(stack(), "out", "1"),
    "an export of words": lambda: tfae.export.export(
        stack(), "out", examples=np.array([["a"] * 8])
    ),
    "an export in no time": lambda: tfae.servability.check_servable("out", 0),
    "an export in words": lambda: tfae.servability.check_servable("out", "long"),
    "an export checked nowhere": lambda: tfae.servability.check_servable(None),
    "a plot of nothing": lambda: plots.reconstructions(None, None),
}


@pytest.mark.parametrize("name", CALLS)
def test_a_call_that_cannot_be_meant_is_refused(tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    with pytest.raises((ValueError, TypeError, OSError)) as refused:
        CALLS[name]()
    assert raised_by_tfae(refused), refused.value
    assert str(refused.value)
    assert not any(tmp_path.iterdir())


def raised_by_tfae(refused):
    """Whether the last of this package's and of libraries' frames is ours."""
    path = str(refused.traceback[-1].path)
    return "/tfae/" in path and "site-packages" not in path
