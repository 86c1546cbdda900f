"""Documents as word counts and TF-IDF weights."""

from collections import Counter
from collections.abc import Sequence

import keras
import numpy as np
from keras import ops

from tfae.arguments import check_booleans, check_integers, check_positive
from tfae.texts import as_texts, words_of
from tfae.types import ArrayLike, Config, Shape, TensorLike

LEAST_LETTERS = 2  # of a word that `adapt` finds
_NO_LETTERS = r"[^\p{L}]+"


@keras.saving.register_keras_serializable(package="tfae")
def letters_only(texts):
    """Texts in lower case, with all other characters than letters as spaces."""
    import tensorflow as tf

    return tf.strings.regex_replace(
        tf.strings.lower(texts, encoding="utf-8"), _NO_LETTERS, " "
    )


@keras.saving.register_keras_serializable(package="tfae")
class BagOfWords(keras.layers.Layer):
    """Counts of the most frequent words in a text.

    A word is a run of two or more letters. Case is ignored, and so are words outside
    the vocabulary. A text without known words has only zeros.

    Args:
        words: Positive integer, size of the vocabulary.
        stop_words: Words to exclude: `"english"`, the list of scikit-learn; a list; or
            `None`.
        vocabulary: List of the words, or `None` for those that `adapt` finds.
        **kwargs: `name` and `dtype`, as for `keras.layers.Layer`.

    Call arguments:
        inputs: Tensor of strings, `(batch,)`.

    Returns:
        Tensor of shape `(batch, words)`; the last columns are 0 if the vocabulary has
        fewer words.

    Raises:
        ValueError: If an argument is outside its range, the texts have no words, or the
            layer is called without a vocabulary.

    Example:
    >>> bag = tfae.layers.BagOfWords(3, stop_words=None)
    >>> bag.adapt(["a cat sees the cat", "The dog"])
    >>> bag.vocabulary
    ('cat', 'the', 'dog')
    >>> bag(keras.ops.convert_to_tensor(["Cat, CAT & mouse"])).numpy().tolist()
    [[2.0, 0.0, 0.0]]
    """

    def __init__(
        self,
        words: int = 2000,
        stop_words: str | Sequence[str] = "english",
        vocabulary: Sequence[str] | None = None,
        **kwargs,
    ) -> None:
        super().__init__(**kwargs)
        check_integers(words=words)
        _stop_words(stop_words)
        self.words, self.stop_words = int(words), stop_words
        self.vocabulary = None
        self._counting = keras.layers.TextVectorization(
            max_tokens=self.words + 1,  # plus one for unknown words
            standardize=letters_only,
            output_mode="count",
            pad_to_max_tokens=True,
        )
        if vocabulary is not None:
            self._learn(vocabulary)
        self._build_at_init()

    def adapt(self, texts: Sequence[str]) -> None:
        """Sets the vocabulary to the most frequent words of an array of texts."""
        texts = as_texts(texts)
        totals = Counter()
        for text in texts:
            totals.update(words_of(text))
        ignored = _stop_words(self.stop_words)
        found = [
            word
            for word in totals
            if len(word) >= LEAST_LETTERS and word not in ignored
        ]
        if not found:
            raise ValueError(
                f"The vocabulary would be empty. Received: {len(texts)} texts without "
                f"a word of {LEAST_LETTERS} letters, stop words apart. Give other "
                "texts, or stop_words=None."
            )
        found.sort(key=lambda word: (-totals[word], word))
        self._learn(found[: self.words])

    def sparse_counts(self, texts: Sequence[str]):
        """The counts of an array of texts as a SciPy matrix `(n, words)`."""
        from scipy.sparse import csr_matrix
        from sklearn.feature_extraction.text import CountVectorizer

        counter = CountVectorizer(vocabulary=self.vocabulary, analyzer=words_of)
        counts = counter.transform(as_texts(texts))
        # The columns beyond the vocabulary.
        return csr_matrix(
            (counts.data, counts.indices, counts.indptr),
            shape=(counts.shape[0], self.words),
        )

    def call(self, inputs: TensorLike):
        if self.vocabulary is None:
            raise ValueError(
                "The layer knows no words yet. Received: a call before `adapt`."
            )
        return ops.cast(self._counting(inputs)[:, 1:], self.compute_dtype)

    def _learn(self, vocabulary):
        if isinstance(vocabulary, str) or not all(map(_is_word, vocabulary)):
            raise ValueError(
                "`vocabulary` must be a list of words, of letters in lower case. "
                f"Received: vocabulary={vocabulary!r}"
            )
        self.vocabulary = tuple(dict.fromkeys(vocabulary))
        if not 0 < len(self.vocabulary) <= self.words:
            raise ValueError(
                f"`vocabulary` must have from 1 to {self.words} words. Received: "
                f"{len(self.vocabulary)}."
            )
        self._counting.set_vocabulary([*self.vocabulary])

    def compute_output_shape(self, input_shape: Shape):
        return (input_shape[0], self.words)

    def get_config(self) -> Config:
        return {
            **super().get_config(),
            "words": self.words,
            "stop_words": self.stop_words,
            "vocabulary": self.vocabulary,
        }


def _is_word(word):
    return isinstance(word, str) and [*words_of(word)] == [word]


def _stop_words(given):
    """The set of words that `stop_words` names."""
    if given is None:
        return frozenset()
    if given == "english":
        from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS

        return ENGLISH_STOP_WORDS
    if isinstance(given, str) or not all(isinstance(word, str) for word in given):
        raise ValueError(
            "`stop_words` must be english, a list of words, or None. Received: "
            f"stop_words={given!r}"
        )
    return frozenset(given)


@keras.saving.register_keras_serializable(package="tfae")
class TfIdf(keras.layers.Layer):
    """TF-IDF: word counts weighted by inverse document frequency, normalized.

    x_w = λ t_w idf_w / ‖t · idf‖ with idf_w = 1 + log((1 + n)/(1 + n_w)), where n_w of
    n documents have the word, and t_w its count, or 1 + log of it. A document without
    words stays at 0.

    Reference:
        Salton & Buckley, "Term-Weighting Approaches in Automatic Text Retrieval", 1988;
        as scikit-learn's `TfidfTransformer`.

    Args:
        sublinear: Boolean, whether t_w is 1 + log of the count.
        length: Float λ > 0, the Euclidean length of a document.
        **kwargs: `name` and `dtype`, as for `keras.layers.Layer`.

    Call arguments:
        inputs: Tensor of shape `(batch, words)`.

    Returns:
        Tensor of the shape of `inputs`. All words have equal weights before `adapt`.

    Example:
    >>> layer = tfae.layers.TfIdf()
    >>> layer.adapt(np.array([[1.0, 0.0], [1.0, 1.0]]))
    >>> layer(np.array([[1.0, 0.0]])).numpy().tolist()
    [[1.0, 0.0]]
    """

    def __init__(self, sublinear: bool = True, length: float = 1.0, **kwargs) -> None:
        super().__init__(**kwargs)
        check_booleans(sublinear=sublinear)
        check_positive(length=length)
        self.sublinear, self.length = bool(sublinear), float(length)

    def build(self, input_shape: Shape) -> None:
        self.idf = self.add_weight(
            name="idf", shape=(input_shape[-1],), initializer="ones", trainable=False
        )

    def adapt(self, counts: ArrayLike) -> None:
        """Learns the weights of words from dense or sparse counts, `(n, words)`."""
        if not self.built:
            self.build(counts.shape)
        documents = np.asarray((counts > 0).sum(axis=0)).ravel()
        self.idf.assign(1 + np.log((1 + counts.shape[0]) / (1 + documents)))

    def call(self, inputs: TensorLike):
        # In half precision the squares of a long text would overflow.
        counts = ops.cast(inputs, keras.config.floatx())
        if self.sublinear:
            known = ops.maximum(counts, 1)
            counts = ops.where(counts > 0, 1 + ops.log(known), counts)
        weighted = counts * ops.cast(self.idf, counts.dtype)
        squares = ops.sum(ops.square(weighted), axis=-1, keepdims=True)
        scaled = weighted * (self.length / ops.sqrt(ops.where(squares > 0, squares, 1)))
        return ops.cast(scaled, self.compute_dtype)

    def compute_output_shape(self, input_shape: Shape):
        return input_shape

    def get_config(self) -> Config:
        return {
            **super().get_config(),
            "sublinear": self.sublinear,
            "length": self.length,
        }
