"""The marginalized denoising autoencoder: linear, solved in closed form."""

import warnings

import keras
import numpy as np
from keras import ops

from tfae import networks
from tfae.arguments import check_integers, check_shares, features_of
from tfae.models import own_networks
from tfae.models.autoencoder import Autoencoder
from tfae.models.moments import Moments, corrupt_moments, solution
from tfae.types import Callbacks, Config, History, TensorLike

EXAMPLES = "examples"  # seen so far, the only figure known within an epoch


@keras.saving.register_keras_serializable(package="tfae")
class MarginalizedDenoisingAutoencoder(Autoencoder):
    """A stack of linear denoisers, each the closed-form limit of infinite corruption.

    With x̃ the inputs of which a share p is masked, and a constant 1 that is not, a
    layer minimizes E‖x − Wx̃‖² exactly: W = E[P] E[Q]⁻¹, where, from the second moments
    S of the inputs, E[P]_ij = S_ij q_j and E[Q]_ij = S_ij q_i q_j off the diagonal,
    S_ii q_i on it, with q = 1 − p, and 1 for the constant. Its hidden representation is
    tanh(Wx), the inputs of the next layer. The decoder is the least-squares linear map
    from the last representation back to the inputs. `fit` reads the data once for each
    layer and once for the decoder, one per epoch, and keeps only the moments of a
    layer: the data may be larger than memory. Epoch e solves layer e; further epochs
        start again at the first layer, without effect. With fewer epochs the last
        layers stay unsolved, with a warning. The loss of an epoch is the expected
        squared error per feature of the solved layer; the optimizer given to `compile`
        is not used.

    Reference:
        Chen et al., "Marginalized Denoising Autoencoders for Domain Adaptation", ICML
        2012 (mDA, and stacked mSDA).

    Args:
        input_dim: Integer, number of features, and of units in each layer.
        depth: Positive integer, number of layers. Defaults to 1.
        rate: Float p in [0, 1), probability of masking a feature.
        regularization: Float >= 0 that is added to the diagonal of E[Q], whose moments
            are means over the examples. Defaults to `None`: nothing, unless the matrix
            is singular, as for constant features; then 1e-5, with a warning.
        **kwargs: `name`, `dtype` and `trainable`, as for `keras.Model`.

    Call arguments:
        inputs: Tensor of shape `(batch, input_dim)`.
        training: Boolean, without effect.

    Returns:
        The reconstruction, a tensor of shape `(batch, input_dim)`.

    Raises:
        ValueError: If an argument is outside its range, or `fit` gets targets, weights
            of examples, a callback for early stopping, or inputs whose covariance is
            singular in spite of `regularization`.

    Example:
    >>> model = tfae.MarginalizedDenoisingAutoencoder(64, regularization=1e-3)
    >>> model.compile(loss="mse")
    >>> history = model.fit(np.random.rand(500, 64), epochs=2, verbose=0)
    """

    def __init__(
        self,
        input_dim: int,
        depth: int = 1,
        rate: float = 0.5,
        regularization: float | None = None,
        **kwargs,
    ) -> None:
        input_dim = features_of(input_dim)
        check_integers(depth=depth)
        check_shares(rate=rate)
        if regularization is not None and not regularization >= 0:
            raise ValueError(
                "`regularization` must be >= 0, or None. "
                f"Received: regularization={regularization}"
            )
        given = kwargs.pop("networks", None)
        encoder, decoder = given or _networks(input_dim, depth, kwargs.get("dtype"))
        super().__init__(encoder, decoder, **kwargs)
        if self._num_replicas > 1:
            raise ValueError(
                "The closed form is solved on one device. Received: "
                f"{self._num_replicas} replicas. Leave `replicas` out."
            )
        self.input_dim = input_dim
        self.depth = depth
        self.rate = rate
        self.regularization = regularization
        self._moments = None
        self._networks = own_networks.as_made(self, given)
        self.build((None, input_dim))
        self.built = True

    @property
    def solved_layers(self):
        """The layers that are solved, one per epoch, the decoder last."""
        return [*self.encoder.layers, *self.decoder.layers]

    def denoise(self, inputs: TensorLike):
        """Wx of the first layer: the linear estimate of the clean inputs."""
        layer = self.encoder.layers[0]
        return ops.matmul(inputs, networks.kernel_of(layer)) + layer.bias

    def fit(
        self,
        x=None,
        y=None,
        batch_size: int | None = None,
        epochs: int | None = None,
        verbose: int | str = "auto",
        callbacks: Callbacks | None = None,
        **kwargs,
    ) -> History:
        if not self.compiled:
            raise ValueError('Compile the model before fit, as by compile(loss="mse").')
        if any(getattr(one, "quantization_mode", None) for one in self.solved_layers):
            raise ValueError(
                "A quantized model is not solved again, since its weights are rounded. "
                "Received: one whose layers are quantized. Fit it before `quantize`."
            )
        self._moments = Moments(self.input_dim)
        if self.optimizer is not None:
            # As after any training: a loaded model expects this state.
            self.optimizer.build(self.trainable_variables)
        # Metrics given to `compile`, which Keras asks for after each epoch.
        blank = ops.zeros((1, self.input_dim))
        self.compute_metrics(blank, blank, blank)
        given = [] if callbacks is None else keras.tree.flatten(callbacks)
        callbacks = [_SolveLayer(), *given]
        if any(isinstance(one, keras.callbacks.EarlyStopping) for one in callbacks):
            raise ValueError(
                "Each epoch solves another layer, so that there is nothing to stop "
                "early. Received: EarlyStopping. Leave it, or `patience`, out."
            )
        try:
            history = super().fit(
                x,
                y,
                batch_size,
                len(self.solved_layers) if epochs is None else epochs,
                verbose,
                callbacks,
                **kwargs,
            )
        finally:
            # Not part of the model: neither saved nor exported.
            self._moments = self.train_function = None
        count = len(self.solved_layers)
        left = self.solved_layers[history.epoch[-1] + 1 :] if history.epoch else []
        if left:
            warnings.warn(
                f"Only {count - len(left)} of {count} layers are solved; as they were "
                f"before: {', '.join(layer.name for layer in left)}. Fit with "
                f"epochs={count} for all.",
                stacklevel=2,
            )
        return history

    def update(self, batch):
        inputs, targets, sample_weight = batch[:3]
        if self._moments is None:
            raise ValueError(
                "The closed form is fitted by fit(x), an epoch a layer, and not batch "
                "by batch."
            )
        if tuple(inputs.shape[1:]) != (self.input_dim,):
            raise ValueError(
                f"Inputs must have the shape (batch, {self.input_dim}). Received: "
                f"shape={tuple(inputs.shape)}. Flatten images."
            )
        if targets is not None or sample_weight is not None:
            raise ValueError(
                "The closed form takes neither targets nor weights of examples, since "
                "it corrupts the inputs itself. Leave labels out: fit(x)."
            )
        self._moments.add(inputs, self.encoder.layers)
        # The error is known after the solution; Keras needs a value.
        return {EXAMPLES: self._moments.count.read_value()}

    def solve(self, index):
        """Sets the weights of layer `index` from the collected moments.

        Returns:
            The expected squared error of the layer, averaged over its features.
        """
        layer = self.solved_layers[index]
        moments, cross_moments, target_moment = self._moments.means()
        rate = 0.0 if index == self.depth else self.rate
        corrupted, corrupted_cross = corrupt_moments(moments, cross_moments, rate)
        weights = solution(
            corrupted, corrupted_cross, self.regularization, name=layer.name
        )
        layer.set_weights([weights[:-1], weights[-1]])
        explained = 2 * corrupted_cross - corrupted @ weights
        return (target_moment - np.sum(weights * explained)) / self.input_dim

    def get_config(self) -> Config:
        config = super().get_config()
        del config["encoder"], config["decoder"]
        return {
            **config,
            "input_dim": self.input_dim,
            "depth": self.depth,
            "rate": self.rate,
            "regularization": self.regularization,
            **own_networks.changed(self, self._networks),
        }


def _networks(input_dim, depth, dtype):
    layers = [
        keras.layers.Dense(input_dim, "tanh", dtype=dtype, name=f"encoder_{index}")
        for index in range(1, depth + 1)
    ]
    decoder = keras.layers.Dense(input_dim, dtype=dtype, name="decoder_1")
    return (
        keras.Sequential([keras.Input((input_dim,)), *layers], name="encoder"),
        keras.Sequential([keras.Input((input_dim,)), decoder], name="decoder"),
    )


class _SolveLayer(keras.callbacks.Callback):
    """Solves a layer at the end of its epoch, before any validation."""

    def on_epoch_begin(self, epoch, logs=None):
        self.pending, self.error = epoch % len(self.model.solved_layers), None
        self.model._moments.start(self.pending)

    def on_test_begin(self, logs=None):
        self._solve()

    def on_epoch_end(self, epoch, logs):
        self._solve()
        del logs[EXAMPLES]
        logs["loss"] = logs["reconstruction"] = float(self.error)

    def _solve(self):
        if self.error is None:
            self.error = self.model.solve(self.pending)
