"""Few labels: which are drawn, and what is compared with what."""

import dataclasses

import keras
import numpy as np
import pytest

import tfae
from tfae.fine_tuning import few_labels


def test_subsets_are_balanced_and_follow_the_seed():
    labels = np.repeat(np.arange(10), 30)
    chosen = few_labels.balanced(labels, 50, seed=3)
    np.testing.assert_array_equal(np.bincount(labels[chosen]), 5)
    assert len(set(chosen)) == 50
    np.testing.assert_array_equal(chosen, few_labels.balanced(labels, 50, seed=3))
    assert set(chosen) != set(few_labels.balanced(labels, 50, seed=4))
    uneven = np.bincount(labels[few_labels.balanced(labels, 57)])
    assert sorted(uneven) == [5] * 3 + [6] * 7


@pytest.mark.parametrize(
    ("count", "message"),
    [
        (9, "at least that of the classes, 10"),
        (400, "take 40 of class 0, which has 30"),
    ],
)
def test_what_the_classes_do_not_have_is_refused(count, message):
    with pytest.raises(ValueError, match=message):
        few_labels.balanced(np.repeat(np.arange(10), 30), count)


@pytest.mark.slow
def test_pretrained_and_fresh_networks_are_compared(digits):
    stack = tfae.StackedAutoencoder(64, [32], "sigmoid")
    stack.compile("adam", "mse", run_eagerly=True)
    stack.fit(digits.train.inputs, batch_size=500, epochs=1, verbose=0)
    seen = []
    rows = few_labels.compare(
        stack,
        digits,
        counts=(20, 200),
        seeds=[3],
        epochs=40,
        learning_rate=0.02,
        on_result=seen.append,
    )
    assert seen == rows
    found = [(row["labels"], row["seed"]) for row in rows]
    assert found == [(20, 3), (200, 3)]
    for name in ("pretrained", "scratch"):
        few, many = (row[name] for row in rows)
        assert 0 < many < few < 0.6


def test_the_summary_is_of_each_number_of_labels():
    rows = [
        {"labels": 100, "seed": 0, "pretrained": 0.1, "scratch": 0.4},
        {"labels": 20, "seed": 0, "pretrained": 0.5, "scratch": 0.5},
        {"labels": 100, "seed": 1, "pretrained": 0.3, "scratch": 0.2},
    ]
    few, many = few_labels.summary(rows)
    assert few["labels"] == 20
    assert few["pretrained_error_rate"] == "0.5000 (0.5000–0.5000)"
    assert list(many.values()) == [
        *(100, 2),
        *("0.2000 (0.1000–0.3000)", "0.3000 (0.2000–0.4000)"),
    ]


@pytest.mark.parametrize("seeds", [0, 1.5, []])
def test_seeds_are_a_number_of_them_or_a_list(digits, seeds):
    stack = tfae.StackedAutoencoder(64, [16])
    with pytest.raises(ValueError, match="`seeds` must be"):
        few_labels.compare(stack, digits, (20,), seeds)


@pytest.mark.slow
@pytest.mark.usefixtures("eager")
def test_one_network_starts_from_the_encoder_and_the_other_does_not(
    digits, monkeypatch
):
    keras.utils.set_random_seed(7)
    stack = tfae.StackedAutoencoder(64, [48, 16], "sigmoid")
    encoder = stack.encoder.get_weights()
    begun, ended, fit = [], [], few_labels.fit

    def spy(model, *arguments):
        begun.append(model.encoder.get_weights())
        fit(model, *arguments)
        ended.append(model.encoder.get_weights())

    monkeypatch.setattr(few_labels, "fit", spy)
    (row,) = few_labels.compare(stack, digits, ("all",), 1, "head", epochs=1)
    assert row["labels"] == len(digits.train.inputs)
    for old, start, end in zip(encoder, begun[0], ended[0], strict=True):
        np.testing.assert_array_equal(start, old)
        np.testing.assert_array_equal(end, old)  # the head learned alone
    assert (begun[1][0] != encoder[0]).any()
    assert (ended[1][0] != begun[1][0]).any()


def test_labels_must_be_there_and_known(digits):
    bare = dataclasses.replace(digits, test=digits.test._replace(labels=None))
    with pytest.raises(ValueError, match="has no labels"):
        few_labels.classes_of(bare)
    strange = digits.test._replace(labels=digits.test.labels + 5)
    with pytest.raises(ValueError, match="the class 10 only in its test part"):
        few_labels.classes_of(dataclasses.replace(digits, test=strange))
    names = np.array([f"digit {label}" for label in digits.test.labels])
    train = np.array([f"digit {label}" for label in digits.train.labels])
    named = dataclasses.replace(
        digits,
        test=digits.test._replace(labels=names),
        train=digits.train._replace(labels=train),
    )
    np.testing.assert_array_equal(few_labels.classes_of(named)[1], digits.test.labels)
    with pytest.raises(ValueError, match=r"of class digit \d, which has"):
        few_labels.subsets(named, (1800,), [0])


def test_usual_numbers_of_labels_are_those_that_the_data_have(digits):
    labels = digits.train.labels
    assert few_labels.usual_counts(labels) == [100, 600, 1000]
    assert few_labels.usual_counts(labels[:50]) == ["all"]
