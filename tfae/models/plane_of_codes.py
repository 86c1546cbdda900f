"""Plots of models with two-dimensional codes over the code plane."""

from tfae.models.checks import check_built
from tfae.reporting import planes


class PlaneOfCodes:
    """Mixin for a model with `code_shape`, `decode` and a prior of its codes."""

    def manifold(self, image_shape=None, count=20):
        """Figure of decoded images over the plane of two-dimensional codes.

        The grid values are equally spaced quantiles of N(0, 1).

        Args:
            image_shape: `(height, width)` or `(height, width, channels)` of the images;
                not needed if examples already have such a shape.
            count: Positive integer, number of images in each direction.

        Returns:
            A `matplotlib.figure.Figure`, which a notebook shows.

        Raises:
            ValueError: If the model is not built, a code does not have two numbers, or
                examples are not images of `image_shape`.

        Example:
        >>> encoder, decoder = tfae.networks.variational(64, [32], latent_dim=2)
        >>> model = tfae.VariationalAutoencoder(encoder, decoder)
        >>> model.build((None, 64))
        >>> figure = model.manifold(image_shape=(8, 8), count=5)
        """
        check_built(self)
        return planes.manifold(self, image_shape, count)
