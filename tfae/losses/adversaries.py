"""Losses of a discriminator and a generator."""

from keras import ops

from tfae.losses.reductions import mean_over_batch
from tfae.types import ArrayLike, Tensor, TensorLike


def discrimination(
    real: TensorLike, fake: TensorLike, sample_weight: ArrayLike | None = None
) -> Tensor:
    """Mean of −log D(x) over real and of −log(1 − D(x′)) over fake examples.

    Reference:
        Goodfellow et al., "Generative Adversarial Nets", NIPS 2014, equation 1.

    Args:
        real: Tensor of logits of D for real examples, `(batch,)`.
        fake: Tensor of logits of D, `(batch,)`.
        sample_weight: Tensor `(batch,)`, weights of the fake examples, or `None`.

    Example:
    >>> undecided = np.zeros(5)
    >>> round(float(tfae.losses.discrimination(undecided, undecided)), 4)
    1.3863
    """
    wrong = mean_over_batch(ops.softplus(fake), sample_weight)
    return ops.mean(ops.softplus(-real)) + wrong


def generation(fake: TensorLike, sample_weight: ArrayLike | None = None) -> Tensor:
    """Mean of −log D(x′), which a generator minimizes.

    Args:
        fake: Tensor of logits of D, `(batch,)`.
        sample_weight: Tensor `(batch,)`, or `None`.

    Example:
    >>> round(float(tfae.losses.generation(np.zeros(5))), 4)
    0.6931
    """
    return mean_over_batch(ops.softplus(-fake), sample_weight)
