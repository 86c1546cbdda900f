"""Networks for documents as bags of words."""

import math

import keras

from tfae import layers
from tfae.arguments import check_integers, check_shares, check_widths, plain
from tfae.types import Activation, Model, Shape, Widths


def bag_of_words(
    shape: Shape,
    hidden_units: Widths,
    words: int = 2000,
    activation: Activation = "relu",
    code_activation: Activation = "linear",
    output_activation: Activation = "softmax",
    masking: float = 0.5,
    code_noise: float | None = None,
    dtype: str | None = None,
) -> tuple[Model, Model]:
    """Encoder of word counts via TF-IDF, and a decoder to words.

    Args:
        shape: Shape of an example: `()` for texts, which `tfae.TextAutoencoder` counts,
            or `(words,)` for counts.
        hidden_units: Sequence of integers, the widths of the encoder's layers from
            the input inwards. The last one is the size of the code.
        words: Positive integer, size of the vocabulary for texts.
        activation: Activation of the hidden layers.
        code_activation: Activation of the code layer.
        output_activation: Activation of the last layer: `"softmax"` for the
            probabilities of the words, `"linear"` to reconstruct their TF-IDF, whose
            mean square is 1.
        masking: Float in [0, 1), share of the words that is masked in training.
        code_noise: Float >= 0 for binary codes, the `noise` of
            `tfae.layers.BinaryCodes`, in place of `code_activation`; or `None`.
        dtype: Data type or dtype policy of the layers.

    Returns:
        A pair of built Keras models: `(batch, words)` to `(batch, hidden_units[-1])`,
        and back.

    Raises:
        ValueError: If examples are neither texts nor vectors, or an argument is
            outside its range.

    Example:
    >>> encoder, decoder = tfae.networks.bag_of_words((), [125, 10], words=500)
    >>> encoder.output_shape, decoder.output_shape
    ((None, 10), (None, 500))
    """
    given = plain(shape)
    if not isinstance(given, list) or len(given) > 1:
        raise ValueError(
            "`shape` must be () of texts, or (words,) of counts. Received: "
            f"shape={shape}."
        )
    words = given[0] if given else words
    check_integers(words=words)
    check_shares(masking=masking)
    widths = check_widths(hidden_units=hidden_units)
    if not widths:
        raise ValueError(
            "`hidden_units` must have the size of the code at least. Received: none."
        )
    *hidden, code = widths
    options = {"dtype": dtype}
    binary = code_noise is not None
    # At length 1 the values would be far smaller than layer initializers assume.
    weighting = layers.TfIdf(length=math.sqrt(words), **options)
    encoder = [keras.Input((words,)), weighting]
    if masking:
        encoder.append(layers.MaskingNoise(masking, **options))
    encoder += [keras.layers.Dense(units, activation, **options) for units in hidden]
    last = "linear" if binary else code_activation
    encoder.append(keras.layers.Dense(code, last, **options))
    if binary:
        encoder.append(layers.BinaryCodes(code_noise, **options))
    decoder = [keras.Input((code,))]
    decoder += [
        keras.layers.Dense(units, activation, **options) for units in hidden[::-1]
    ]
    decoder.append(keras.layers.Dense(words, output_activation, **options))
    return (
        keras.Sequential(encoder, name="encoder"),
        keras.Sequential(decoder, name="decoder"),
    )
