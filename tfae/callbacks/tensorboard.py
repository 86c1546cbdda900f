"""TensorBoard of an autoencoder: losses, pictures, the graph, and a map of codes."""

import contextlib
import io
import math
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from tfae import extras, files, image_shapes, plots
from tfae.arguments import check_integers, check_paths, has
from tfae.types import ArrayLike, PathLike, Shape

DRAWN, SAMPLES, MAPPED = 10, 16, 1000  # examples
AXES = 3  # of the projector
CODES, LABELS, THUMBNAILS = "codes.tsv", "labels.tsv", "thumbnails.png"
CONFIG = "projector_config.pbtxt"
LARGEST = 8192  # pixels of all thumbnails, the limit of the projector
PROJECTOR = """embeddings {{
  tensor_name: "codes"
  tensor_path: "{codes}"
{metadata}{sprite}}}
"""


class TensorBoard(keras.callbacks.TensorBoard):
    """Keras' TensorBoard, with what an autoencoder shows as it learns.

    Scalars are the loss and each of its terms, for training and validation. Images are
    reconstructions of the first examples, and samples of a model that draws any, every
    `frequency` epochs, as are histograms of the weights. The graph is that of `call`.
    At the end of the training, the codes of up to 1,000 examples are written for the
    projector, with thumbnails of images and the labels, if there are any.

    Args:
        log_dir: Folder to write to; `tensorboard --logdir` reads it.
        examples: Array of inputs of the model, of shape `(n, ...)`, or `None` to draw
            nothing and to map no codes.
        image_shape: `(height, width)` or `(height, width, channels)` of examples that
            are images, or `None` for curves.
        labels: Array of shape `(n,)` of labels of the examples, or `None`.
        frequency: Positive integer, epochs between pictures. Defaults to 1.
        **kwargs: As for `keras.callbacks.TensorBoard`.

    Raises:
        ValueError: If TensorBoard is not installed, or there are not as many labels as
            examples.

    Example:
    >>> x = np.random.rand(32, 64)
    >>> model = tfae.StackedAutoencoder(64, [32, 8])
    >>> model.compile("adam", "mse")
    >>> board = tfae.callbacks.TensorBoard("logs", x, image_shape=(8, 8))
    >>> history = model.fit(x, callbacks=[board], verbose=0)
    """

    def __init__(
        self,
        log_dir: PathLike = "logs",
        examples: ArrayLike | None = None,
        image_shape: Shape | None = None,
        labels: ArrayLike | None = None,
        frequency: int = 1,
        **kwargs,
    ) -> None:
        extras.check("tensorboard", "TensorBoard")
        check_paths(log_dir=log_dir)
        check_integers(frequency=frequency)
        # Keras' histograms mix the layers of a network: their weights have one name.
        defaults = {"histogram_freq": 0, "write_graph": False}
        super().__init__(str(log_dir), **{**defaults, **kwargs})
        self.examples = None if examples is None else np.asarray(examples[:MAPPED])
        self.labels = None if labels is None else np.asarray(labels)[:MAPPED]
        if labels is not None and (examples is None or len(labels) != len(examples)):
            raise ValueError(
                "There must be a label for each of the examples. Received: "
                f"{len(labels)} labels."
            )
        given = image_shape is not None
        self.image_shape = image_shapes.checked(image_shape) if given else None
        self.frequency = frequency
        self._draws_graph = True

    def on_epoch_end(self, epoch, logs=None):
        super().on_epoch_end(epoch, logs)
        if epoch % self.frequency:
            return
        with self._train_writer.as_default():
            for weight in self.model.trainable_weights:
                self.summary.histogram(weight.path, weight.numpy(), step=epoch)
            if self.examples is None:
                return
            if self._draws_graph:
                self._draws_graph = False
                self._write_graph()
            for name, figure in self._figures().items():
                image = tf.io.decode_png(_png(figure), channels=3)
                self.summary.image(name, image[None], step=epoch)

    def on_train_end(self, logs=None):
        if self.examples is not None and has(self.model, "encode"):
            self._map_codes()
        super().on_train_end(logs)

    def _figures(self):
        examples, figures = self.examples[:DRAWN], {}
        outputs = np.asarray(self.model(examples, training=False))
        if outputs.shape == examples.shape:
            figures["reconstructions"] = plots.reconstructions(
                examples, outputs, self.image_shape
            )
        if has(self.model, "sample"):
            # A prior that is not trained yet, or samples that need a class.
            with contextlib.suppress(TypeError, ValueError):
                drawn = np.asarray(self.model.sample(SAMPLES, seed=0))
                figures["samples"] = plots.grid(drawn, self.image_shape, "Samples")
        return figures

    def _write_graph(self):
        batch = tf.convert_to_tensor(self.examples[:1])
        spec = tf.TensorSpec((None, *batch.shape[1:]), batch.dtype, name="inputs")
        call = tf.function(lambda inputs: self.model(inputs, training=False))
        self.summary.graph(call.get_concrete_function(spec).graph)

    def _map_codes(self):
        """Writes the files of the projector."""
        names = (CODES, LABELS, THUMBNAILS, CONFIG)
        with files.replacing(Path(self._train_dir), names) as beside:
            self._write_codes(beside)

    def _write_codes(self, folder):
        codes = np.asarray(self.model.encode(self.examples))
        codes = codes.reshape(len(codes), -1)
        # The projector shows nothing of fewer dimensions.
        codes = np.pad(codes, [(0, 0), (0, max(0, AXES - codes.shape[1]))])
        np.savetxt(folder / CODES, codes, "%.6g", "\t")
        metadata = sprite = ""
        if self.labels is not None:
            labels = [" ".join(str(one).split()) for one in self.labels]
            (folder / LABELS).write_text("\n".join(labels) + "\n", encoding="utf-8")
            metadata = f'  metadata_path: "{LABELS}"\n'
        side = math.ceil(math.sqrt(len(codes)))
        if self.image_shape is not None and side * max(self.image_shape) <= LARGEST:
            height, width, _ = self.image_shape
            thumbnails = _sprite(self.examples, self.image_shape)
            keras.utils.save_img(folder / THUMBNAILS, thumbnails, scale=False)
            sprite = (
                f'  sprite {{\n    image_path: "{THUMBNAILS}"\n'
                f"    single_image_dim: {width}\n    single_image_dim: {height}\n  }}\n"
            )
        config = PROJECTOR.format(codes=CODES, metadata=metadata, sprite=sprite)
        (folder / CONFIG).write_text(config)


def _png(figure):
    """Bytes of a figure."""
    stream = io.BytesIO()
    figure.savefig(stream, format="png", dpi=100)
    return stream.getvalue()


def _sprite(examples, image_shape):
    """One image of all examples, row by row in a square, in 0..255."""
    images = np.asarray(examples, "float64").reshape(-1, *image_shape)[..., :3]
    low, high = images.min(), images.max()
    images = 255 * (images - low) / max(high - low, 1e-12)
    side = math.ceil(math.sqrt(len(images)))
    rows = np.zeros((side * side, *images.shape[1:]))
    rows[: len(images)] = images
    height, width, channels = images.shape[1:]
    rows = rows.reshape(side, side, height, width, channels).transpose(0, 2, 1, 3, 4)
    return rows.reshape(side * height, side * width, channels)
