"""Models whose codes may lie in a plane, over which they can be drawn."""

from tfae.models.checks import check_built
from tfae.reporting import planes


class PlaneOfCodes:
    """Part of a model with `code_shape`, `decode` and a prior of its codes."""

    def manifold(self, image_shape=None, count=20):
        """Figure of what a code of two numbers makes, over the plane of its values.

        The same share of N(0, 1) lies between any two of the values.

        Args:
            image_shape: `(height, width)` or `(height, width, channels)` of the images;
                not needed where examples have such a shape themselves.
            count: Positive integer, images across and up.

        Returns:
            A `matplotlib.figure.Figure`, which a notebook shows.

        Raises:
            ValueError: If the model is not built, a code does not have two numbers, or
                examples are no images of `image_shape`.

        Example:
        >>> encoder, decoder = tfae.networks.variational(64, [32], latent_dim=2)
        >>> model = tfae.VariationalAutoencoder(encoder, decoder)
        >>> model.build((None, 64))
        >>> figure = model.manifold(image_shape=(8, 8), count=5)
        """
        check_built(self)
        return planes.manifold(self, image_shape, count)
