"""Counts and weights of words beside scikit-learn's."""

import re

import keras
import numpy as np
import pytest
import tensorflow as tf
from sklearn.feature_extraction.text import CountVectorizer, TfidfTransformer
from topics import texts_of_topics

from tfae import layers

TEXTS = np.array(
    [
        *texts_of_topics(40)[0],
        "Don't count ONE: 1st, a, b2b, x-ray. one",
        "five m² of ½ab",
        "Äpfel, ÄPFEL und äpfel; 雪 雪国",
        "",
        "tabs\tand\nlines\r\nare_spaces",
    ],
    object,
)


@pytest.mark.parametrize("stop_words", [None, "english", ["apple"]])
@pytest.mark.parametrize("words", [20, 500])
def test_counts_are_those_of_scikit_learn(words, stop_words):
    bag = layers.BagOfWords(words, stop_words)
    bag.adapt(TEXTS)
    counts = np.array(bag(tf.constant(TEXTS)))
    assert counts.shape == (len(TEXTS), words)
    # Which scikit-learn takes for letters, and TensorFlow does not.
    texts = [re.sub("[²½]", " ", text) for text in TEXTS]
    counter = CountVectorizer(
        vocabulary=bag.vocabulary, token_pattern=r"[^\W\d_]{2,}"
    ).fit(texts)
    expected = counter.transform(texts).toarray()
    np.testing.assert_array_equal(counts[:, : expected.shape[1]], expected)
    assert not counts[:, expected.shape[1] :].any()
    np.testing.assert_array_equal(bag.sparse_counts(TEXTS).toarray(), counts)


def test_the_most_frequent_words_count():
    bag = layers.BagOfWords(2, None)
    bag.adapt(["bb bb aa", "cc bb aa", "cc cc cc"])
    assert bag.vocabulary == ("cc", "bb")


@pytest.mark.parametrize("sublinear", [True, False])
def test_weights_are_those_of_scikit_learn(sublinear):
    counts = np.random.default_rng(0).poisson(0.5, (50, 12)).astype("float32")
    counts[3] = 0
    layer = layers.TfIdf(sublinear)
    layer.adapt(counts)
    expected = TfidfTransformer(sublinear_tf=sublinear).fit_transform(counts)
    np.testing.assert_allclose(layer(counts), expected.toarray(), atol=1e-6)
    longer = layers.TfIdf(sublinear, length=3)
    longer.adapt(counts)
    np.testing.assert_allclose(longer(counts), 3 * layer(counts), atol=1e-6)


@pytest.mark.parametrize(
    "layer",
    [
        layers.BagOfWords(9, vocabulary=["one", "two"]),
        layers.TfIdf(sublinear=False),
        layers.BinaryCodes(noise=2.0),
    ],
    ids=lambda layer: type(layer).__name__,
)
def test_layers_have_their_config(layer):
    config = keras.saving.serialize_keras_object(layer)
    copy = keras.saving.deserialize_keras_object(config)
    assert copy.get_config() == layer.get_config()


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: layers.BagOfWords(0), "`words` must be"),
        (lambda: layers.BagOfWords(1, vocabulary=["a", "b"]), "from 1 to 1 words"),
        (lambda: layers.BagOfWords()(tf.constant(["a text"])), "knows no words yet"),
        (lambda: layers.BagOfWords().adapt(["a 1", "", "the"]), "3 texts without"),
        (lambda: layers.TfIdf("yes"), "`sublinear` must be"),
        (lambda: layers.TfIdf(length=0), "`length` must be"),
        (lambda: layers.BinaryCodes(-1), "`noise` must be"),
    ],
)
def test_other_arguments_are_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()
