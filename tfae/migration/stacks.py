"""Models of several kinds, built only from the variables of a checkpoint."""

import math

from tfae.migration import (
    missing_facts,
    stack_arguments,
    stacked_networks,
    stored_fits,
    stored_kinds,
    stored_names,
    stored_norms,
    stored_variables,
)


def build(
    arrays,
    activation=None,
    output_activation=None,
    code_activation=None,
    image_shape=None,
    strides=None,
    padding=None,
    tied=None,
    variational=None,
    classifier=None,
    rbm=None,
    order=None,
    biases=None,
    transposed=None,
    pooling=None,
    averages=False,
    epsilon=None,
    normalization=None,
    norm_scopes=None,
):
    """A model with the layers and weights of a checkpoint.

    Exactly one model must fit: if the variables fit several, a `ValueError` names the
    argument that decides. The order of the layers follows from their shapes. If several
    orders fit, numbered names decide (`dense`, `dense_1`; `W1`, `W2`; an encoder's
    before a decoder's), and otherwise `order`. A decoder may be numbered from either
    end, unless by TensorFlow itself. Kernels are used as stored, `x W`.

    The code of an autoencoder is the output of the layers named after an encoder, or
    else of the first narrowest layer. Layers without variables, such as pooling, are
    not recorded in a checkpoint, and are not rebuilt.

    Batch normalization remains a `keras.layers.BatchNormalization` after its layer, so
    that training continues to update its statistics, and each variable of the
    checkpoint is a weight of the model. It is not folded into kernels, which would be
    impossible for tied ones.

    Args:
        arrays: Dict from names of variables to arrays: one kernel per layer, with or
            without a bias and batch normalization. Variables of optimizers and counters
            are ignored.
        activation: Activation of the hidden layers, which a checkpoint does not
            contain; or a list of one per layer, without the next two arguments. A
            tied stack lists its encoder's, then its decoder's; the heads of a
            variational autoencoder are `"linear"`.
        output_activation: Activation of the last layer. A classifier has `"softmax"`.
        code_activation: Activation of the code. Defaults to `activation`.
        image_shape: `(height, width, channels)` of an example, needed for convolutions.
        strides: Integer for all convolutions, or a list of one for each.
        padding: `"same"` or `"valid"` for all convolutions, or a list of one for each.
            Defaults to the one that fits.
        tied: Boolean, whether the decoder uses the transposed kernels of the encoder: a
            `tfae.layers.TiedDense` or `TiedConv2DTranspose` for each.
        variational: Output of the scale head, one of `tfae.layers.SCALES`:
            `"log_variance"`, `"log_deviation"`, `"deviation"` or `"softplus"`. The mean
            head is identified by its name, or listed first in `order`. The likelihood
            is Bernoulli with `output_activation="sigmoid"`, and otherwise Gaussian. Or
            `False` for another model.
        classifier: Boolean, whether the last layer outputs class probabilities.
        rbm: Boolean, whether the model is a restricted Boltzmann machine.
        order: List of the names of the kernels in the order of the layers. The heads of
            a variational autoencoder follow one another, or form a nested list.
        biases: List of the names of the biases in the order of the layers, `None` for a
            layer without bias. A tied stack lists its encoder's, then its decoder's.
        transposed: List of the names of the kernels of transposed convolutions, if
            their names do not identify them.
        pooling: `False` if there are no other layers between convolutions. Required
            if the convolutions do not change the size of images.
        averages: Boolean, whether to use moving averages in place of the variables.
        epsilon: Positive float, epsilon of batch normalization, added to variances:
            0.001 in `tf.layers`. Required with batch normalization.
        normalization: `"before"` or `"after"` the activation of its layer. Not needed
            if a moving mean lies outside the range of the activation.
        norm_scopes: List of the scopes of batch normalizations in the order of the
            layers, `None` for a layer without. Needed if sizes and names are ambiguous.

    At most one of `tied`, `variational`, `classifier` and `rbm` may be given; `False`
    excludes a kind.

    Returns:
        Tuple of the compiled model; a list of pairs of a name in the checkpoint and its
        weight; and a tuple of the unused names.

    Raises:
        ValueError: If no model fits, or more than one; or if an argument is missing or
            invalid.
    """
    stack_arguments.check_activations(activation, output_activation, code_activation)
    stack_arguments.check_norms(epsilon, normalization, norm_scopes)
    stated, excluded = stack_arguments.kinds(tied, variational, classifier, rbm)
    stored = stored_variables.sort_out(arrays, averages, biases or ())
    missing_facts.check(
        stored,
        activation,
        output_activation,
        classifier,
        image_shape,
        strides,
        epsilon,
    )
    geometry = stack_arguments.geometry(
        {name: stored.arrays[name].shape for name in stored.kernels},
        *(image_shape, strides, padding, transposed),
    )
    is_variational = stated == "variational"
    given = stored_fits.Given(
        stored,
        geometry,
        stack_arguments.check_order(order, stored.kernels, is_variational),
        stack_arguments.check_biases(biases, stored.biases, order, is_variational),
    )
    kind, fit = stored_kinds.decide(given, stated, excluded)
    layers = fit.layers
    stack_arguments.check_pooling(layers, pooling)
    code = _code(kind, layers, code_activation not in (None, activation))
    chosen = stack_arguments.activations(
        kind, layers, activation, output_activation, code_activation, code
    )
    norms, last = _norms(kind, given, layers, chosen, normalization, norm_scopes)
    stacker = stacked_networks.Stacker(
        layers, fit.ways[0], norms, chosen, epsilon, last
    )
    model = _model(kind, stacker, code, variational, given)
    assignments = [
        (stored.taken[name], weight) for name, weight in stacker.assignments()
    ]
    for name, weight in assignments:
        weight.assign(arrays[name])
    # Otherwise loading a saved model warns that its optimizer is empty.
    model.optimizer.build(model.trainable_variables)
    used = {name for name, _ in assignments}
    return model, assignments, tuple(name for name in arrays if name not in used)


def _code(kind, layers, matters):
    """Number of layers of the encoder, which must be unambiguous if it `matters`."""
    if kind in ("tied", "rbm"):
        return len(layers)
    if kind == "classifier":
        return len(layers) - 1
    if kind == "variational":
        return max(index for index, layer in enumerate(layers) if layer.is_head) + 1
    roles = [stored_names.role(layer.kernel) for layer in layers]
    encoding = roles.count("encoder")
    if encoding and roles == ["encoder"] * encoding + ["decoder"] * (
        len(roles) - encoding
    ):
        return min(encoding, len(layers) - 1)
    sizes = [math.prod(layer.after) for layer in layers[:-1]]
    if matters and sizes.count(min(sizes)) > 1:
        raise ValueError(
            "`code_activation` is ambiguous, since several layers are equally narrow. "
            f"Received: layers with {', '.join(map(str, sizes))} outputs. Give a list "
            "of all activations instead: `activation`."
        )
    return sizes.index(min(sizes)) + 1


def _norms(kind, given, layers, activations, normalization, scopes):
    """Normalizations of all places, and whether they come after activations."""
    sizes = [layer.channels for layer in layers]
    if kind in ("tied", "rbm"):
        sizes += [layer.given[-1] for layer in reversed(layers)]
    taken = layers[0].before[-1]
    norms = stored_norms.placed(given.stored.norms, layers, sizes, taken, scopes)
    ends = [index for index, layer in enumerate(layers) if layer.is_head]
    ends += [len(layers) - 1] if kind == "classifier" else []
    ends += range(len(sizes)) if kind == "rbm" else []
    if any(norms[index] for index in ends):
        raise ValueError(
            "The heads of a variational autoencoder or a classifier, and the layers of "
            "a restricted Boltzmann machine cannot have batch normalization. Received: "
            f"{', '.join(norm.scope for norm in norms if norm)}. Build the model and "
            "assign its weights."
        )
    arrays = given.stored.arrays
    return norms, stored_norms.come_after(norms, activations, arrays, normalization)


def _model(kind, stacker, code, scale, given):
    """The compiled model of a kind."""
    layers = stacker.layers
    if kind == "classifier" and len(layers) < 2:
        raise ValueError(
            "A classifier must have at least two layers. Received: "
            f"{layers[0].kernel}. Build the model and assign its weights."
        )
    if kind == "classifier":
        model = stacked_networks.classifier(stacker)
        loss = "sparse_categorical_crossentropy"
        model.compile("adam", loss, metrics=["accuracy"])
        return model
    if kind == "variational":
        mean = stored_kinds.mean_of(layers, given)
        model = stacked_networks.variational(stacker, scale, mean)
    elif kind == "rbm":
        model = stacked_networks.boltzmann_machine(stacker)
    elif kind == "tied":
        model = stacked_networks.tied(stacker)
    else:
        model = stacked_networks.plain(stacker, code)
    model.build((None, *layers[0].before))
    model.compile("adam", **({} if kind == "variational" else {"loss": "mse"}))
    return model
