"""The library's side of gpu.py: `fit` of recipes, as `tfae train` compiles them."""

import dataclasses
import functools
import gc
from importlib.metadata import version

import gpu_cells
import keras
import tensorflow as tf

import tfae
from tfae import recipes
from tfae.recipes import building

POLICIES = {"bfloat16": "mixed_bfloat16"}
# The recipe of each model, and what is changed of it.
RECIPES = {
    "flagship": ("leaky_relu_mnist", {}),
    "wide VAE": (
        "variational_mnist",
        {"hidden_units": gpu_cells.WIDE, "latent_dim": gpu_cells.WIDE_CODES},
    ),
    "convolutional": ("convolutional_mnist", {}),
    "contractive exact": (
        "contractive_mnist",
        {
            "hidden_units": (gpu_cells.CONTRACTED,),
            "method": "exact",
            "contraction": gpu_cells.CONTRACTION,
            # XLA takes minutes to fold the constants of a hundred passes.
            "jit_compile": False,
        },
    ),
    "PixelCNN": ("pixel_cnn_mnist", {"decay": None}),
}


class Engine:
    """`fit` of tfae's models.

    Args:
        device: `"gpu"` or `"cpu"`.
        xla: Boolean, whether XLA compiles also what its recipe does not compile.
    """

    def __init__(self, device, xla=False):
        gpus = tf.config.list_physical_devices("GPU")
        if device == "gpu" and not gpus:
            raise RuntimeError(
                "TensorFlow sees no GPU; TF_CPP_MIN_LOG_LEVEL=0 shows why"
            )
        if device == "cpu":
            tf.config.set_visible_devices([], "GPU")
        for gpu in gpus if device == "gpu" else []:  # which the engines share
            tf.config.experimental.set_memory_growth(gpu, True)
        self.device, self.xla = device, xla
        self.about = {
            "versions": {name: version(name) for name in ("tensorflow", "keras")},
            "gpu": device == "gpu"
            and tf.config.experimental.get_device_details(gpus[0]).get("device_name"),
        }

    def train(self, cell, pace):
        """Trains a cell until `pace` stops it."""
        if self.device == "gpu":
            tf.config.experimental.reset_memory_stats("GPU:0")
        tf32 = cell.precision == "tf32"
        tf.config.experimental.enable_tensor_float_32_execution(tf32)
        keras.config.set_dtype_policy(POLICIES.get(cell.precision, "float32"))
        keras.utils.set_random_seed(gpu_cells.SEED)
        name, settings = RECIPES[cell.model]
        if self.xla:
            settings = {**settings, "jit_compile": True}
        recipe = dataclasses.replace(
            building.override(recipes.get(name), settings),
            learning_rate=gpu_cells.LEARNING_RATE,
        )
        images = gpu_cells.images(cell)
        model = building.build(recipe, images.shape[1:])
        variables = model.trainable_variables
        for variable, value in zip(
            variables, gpu_cells.weights([one.shape for one in variables]), strict=True
        ):
            variable.assign(value)
        pace.facts(sum(one.numpy().size for one in variables), _error())
        building.compile_model(model, recipe, cell.steps)
        callback = keras.callbacks.LambdaCallback(
            on_epoch_begin=lambda epoch, logs: pace.begin(),
            on_epoch_end=lambda epoch, logs: pace.end(float(logs["loss"])),
        )
        model.fit(
            tfae.batches(images, cell.batch_size, drop_remainder=True),
            epochs=10**6,  # until it is stopped
            shuffle=False,
            verbose=0,
            callbacks=[callback],
        )

    def peak_memory(self):
        """MiB on the GPU since `train` began, or `None` on the CPU."""
        if self.device == "cpu":
            return None
        return tf.config.experimental.get_memory_info("GPU:0")["peak"] // 2**20

    def clear(self):
        """Frees what the last cell held."""
        keras.backend.clear_session()
        gc.collect()


def _error():
    """Error of a product in the current precision."""
    layer = keras.layers.Dense(512, use_bias=False)
    layer.build((None, 512))

    def multiply(left, right):
        layer.kernel.assign(right)
        compiled = tf.function(functools.partial(layer.__call__), jit_compile=True)
        return tf.cast(compiled(left), "float64").numpy()

    return gpu_cells.product_error(multiply)
