"""Documents as numbers: how often each word occurs, and how much that tells."""

import keras
import numpy as np
from keras import ops

from tfae.arguments import check_booleans, check_integers

# What is a word: two letters or more, without regard to case.
_NO_LETTERS = r"[^\p{L}]+"
_WORD = r"[^\W\d_]{2,}"
AT_ONCE = 1000  # documents


@keras.saving.register_keras_serializable(package="tfae")
def letters_only(texts):
    """Texts in lower case, with a space in the place of all but letters."""
    import tensorflow as tf

    return tf.strings.regex_replace(
        tf.strings.lower(texts, encoding="utf-8"), _NO_LETTERS, " "
    )


@keras.saving.register_keras_serializable(package="tfae")
class BagOfWords(keras.layers.Layer):
    """How often each of the most frequent words occurs in a text.

    A word is two letters or more; case does not count, nor do words that are not among
    the most frequent. A text without any of these has zeros only.

    Args:
        words: Positive integer, number of words that count.
        stop_words: Words that do not: `"english"`, those of scikit-learn, a list, or
            `None`.
        vocabulary: List of the words, or `None` for those that `adapt` finds.
        **kwargs: `name` and `dtype`, as for `keras.layers.Layer`.

    Call arguments:
        inputs: Tensor of strings, `(batch,)`.

    Returns:
        Tensor of shape `(batch, words)`; the last columns are 0 where the vocabulary
        has fewer words.

    Raises:
        ValueError: If an argument is outside its range, the texts have no words, or the
            layer is called before it knows any.

    Example:
    >>> bag = BagOfWords(3, stop_words=None)
    >>> bag.adapt(["a cat sees the cat", "The dog"])
    >>> bag.vocabulary
    ('cat', 'the', 'dog')
    >>> bag(tf.constant(["Cat, CAT & mouse"]))
    array([[2., 0., 0.]], dtype=float32)
    """

    def __init__(self, words=2000, stop_words="english", vocabulary=None, **kwargs):
        super().__init__(**kwargs)
        check_integers(words=words)
        self.words, self.stop_words = int(words), stop_words
        self.vocabulary = None
        self._counting = keras.layers.TextVectorization(
            max_tokens=self.words + 1,  # and all that are unknown
            standardize=letters_only,
            output_mode="count",
            pad_to_max_tokens=True,
        )
        if vocabulary is not None:
            self._learn(vocabulary)
        self._build_at_init()

    def adapt(self, texts):
        """Takes the most frequent words of an array of texts for the vocabulary."""
        from sklearn.feature_extraction.text import CountVectorizer

        counter = CountVectorizer(
            token_pattern=_WORD, stop_words=self.stop_words, lowercase=True
        )
        try:
            counts = counter.fit_transform(map(str, texts))
        except ValueError as error:
            raise ValueError(
                f"The vocabulary would be empty. Received: {len(texts)} texts without "
                "a word of two letters, stop words apart. Give other texts, or "
                "stop_words=None."
            ) from error
        totals = np.asarray(counts.sum(axis=0)).ravel()
        names = counter.get_feature_names_out()
        self._learn(names[np.lexsort((names, -totals))][: self.words])

    def sparse_counts(self, texts):
        """The counts of an array of texts, as a SciPy matrix of `(n, words)`."""
        from scipy.sparse import csr_matrix
        from sklearn.feature_extraction.text import CountVectorizer

        counter = CountVectorizer(vocabulary=self.vocabulary, token_pattern=_WORD)
        counts = counter.transform(map(str, texts))
        # The columns of words that there are not.
        return csr_matrix(counts, shape=(counts.shape[0], self.words))

    def call(self, inputs):
        if self.vocabulary is None:
            raise ValueError(
                "The layer knows no words yet. Received: a call before `adapt`."
            )
        return ops.cast(self._counting(inputs)[:, 1:], self.compute_dtype)

    def _learn(self, vocabulary):
        self.vocabulary = tuple(str(word) for word in vocabulary)
        if not 0 < len(self.vocabulary) <= self.words:
            raise ValueError(
                f"`vocabulary` must have from 1 to {self.words} words. Received: "
                f"{len(self.vocabulary)}."
            )
        self._counting.set_vocabulary([*self.vocabulary])

    def compute_output_shape(self, input_shape):
        return (input_shape[0], self.words)

    def get_config(self):
        return {
            **super().get_config(),
            "words": self.words,
            "stop_words": self.stop_words,
            "vocabulary": self.vocabulary,
        }


@keras.saving.register_keras_serializable(package="tfae")
class TfIdf(keras.layers.Layer):
    """Counts of words, weighted by how few documents have them, of length 1.

    x_w = t_w idf_w / ‖t · idf‖ with idf_w = 1 + log((1 + n)/(1 + n_w)), where n_w of n
    documents have the word, and t_w its count, or 1 + log of it. A document without
    words stays at 0.

    Reference:
        Salton & Buckley, "Term-Weighting Approaches in Automatic Text Retrieval", 1988;
        as scikit-learn's `TfidfTransformer`.

    Args:
        sublinear: Boolean, whether t_w is 1 + log of the count.
        **kwargs: `name` and `dtype`, as for `keras.layers.Layer`.

    Call arguments:
        inputs: Tensor of shape `(batch, words)`.

    Returns:
        Tensor of the shape of `inputs`. All words weigh alike before `adapt`.

    Example:
    >>> layer = TfIdf()
    >>> layer.adapt(np.array([[1.0, 0.0], [1.0, 1.0]]))
    >>> layer(np.array([[1.0, 0.0]]))
    array([[1., 0.]], dtype=float32)
    """

    def __init__(self, sublinear=True, **kwargs):
        super().__init__(**kwargs)
        check_booleans(sublinear=sublinear)
        self.sublinear = bool(sublinear)

    def build(self, input_shape):
        self.idf = self.add_weight(
            name="idf", shape=(input_shape[-1],), initializer="ones", trainable=False
        )

    def adapt(self, counts):
        """Takes the weights of words from counts, `(n, words)`, sparse ones, too."""
        if not self.built:
            self.build(counts.shape)
        documents = np.asarray((counts > 0).sum(axis=0)).ravel()
        self.idf.assign(1 + np.log((1 + counts.shape[0]) / (1 + documents)))

    def call(self, inputs):
        counts = ops.cast(inputs, self.compute_dtype)
        if self.sublinear:
            known = ops.maximum(counts, 1)
            counts = ops.where(counts > 0, 1 + ops.log(known), counts)
        weighted = counts * ops.cast(self.idf, counts.dtype)
        squares = ops.sum(ops.square(weighted), axis=-1, keepdims=True)
        return weighted / ops.sqrt(ops.where(squares > 0, squares, 1))

    def compute_output_shape(self, input_shape):
        return input_shape

    def get_config(self):
        return {**super().get_config(), "sublinear": self.sublinear}
