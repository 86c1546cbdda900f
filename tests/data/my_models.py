"""A model, its networks and a recipe outside of the package."""

import keras

import tfae


@keras.saving.register_keras_serializable(package="mine")
class SmallCodes(tfae.Autoencoder):
    term_names = ("reconstruction", "code_size")

    def loss_terms(self, inputs, targets, training, sample_weight=None):
        outputs, terms = super().loss_terms(inputs, targets, training, sample_weight)
        size = keras.ops.mean(self.encoder(inputs) ** 2)
        return outputs, {**terms, "code_size": size}


def networks(shape, filters=4):
    conv, transposed = keras.layers.Conv2D, keras.layers.Conv2DTranspose
    encoder = [keras.Input(shape), conv(filters, 3, 2, "same", activation="relu")]
    decoder = [keras.Input((shape[0] // 2, shape[1] // 2, filters))]
    decoder += [transposed(shape[-1], 3, 2, "same", activation="sigmoid")]
    return keras.Sequential(encoder), keras.Sequential(decoder)


# Of a name, a summary, a model and a source; and of settings.
NAMES = ("my_convolutional_digits", "8×8 images", "my_models.SmallCodes", "an example")
OWN = {"network": "my_models.networks", "data": "digits", "keep_shape": True}
QUICK = {"epochs": 2, "jit_compile": False, "probes": ("jacobian", "sparsity")}
tfae.recipes.register(tfae.recipes.Recipe(*NAMES, **OWN, **QUICK))
