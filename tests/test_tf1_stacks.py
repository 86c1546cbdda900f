"""Checkpoints of unknown programs become stacks, told by shapes and names."""

import importlib
import itertools

import numpy as np
import pytest
import random_stacks
from checkpoints import (
    CONVOLUTIONAL,
    TOLD,
    arrays,
    assert_alike,
    assert_predicts,
    convolutions,
    save_arrays,
    write,
)
from conftest import slow

import tfae
from tfae.migration import checkpoints, stacks


@pytest.mark.parametrize("second", [False, slow(True)])
def test_graphs_of_their_own_are_told_by_shape(second, rows, tmp_path):
    module = importlib.import_module("legacy_tf1_ports.notebook_several_graphs")
    path = tmp_path / "run.ckpt"
    expected = write("notebook_several_graphs", path, rows, module.GRAPHS[int(second)])
    options = TOLD | ({"output_activation": "elu"} if second else {})
    imported = checkpoints.load(path, "auto", **options)
    assert_predicts(imported.model, rows, expected)
    with pytest.raises(ValueError, match="a checkpoint for each of its graphs"):
        checkpoints.load(path, "notebook_several_graphs")


@pytest.mark.slow
def test_an_encoder_comes_before_its_decoder(rows, tmp_path):
    path = tmp_path / "run.ckpt"
    expected = write("leaky_relu_stacked", path, rows)
    options = {"activation": "leaky_relu", "output_activation": "sigmoid"}
    # Its code is leaky, too, and 64 wide as the images: the first such is the code.
    imported = checkpoints.load(path, "auto", **options)
    assert_predicts(imported.model, rows, expected)
    assert imported.taken[0][0] == "encoder/dense/kernel"


@pytest.mark.parametrize(
    ("saved", "options", "message"),
    [
        (arrays((64, 8)), {}, "at least two layers"),
        (arrays((64, 8), (8, 10)), {}, "notebook_classifier"),
        (arrays((64, 8), (9, 64)), {}, "no order of these layers"),
        (arrays((64, 8), (8, 64)), {"strides": [2, 2]}, "each of 0 convolutions"),
        (arrays((64, 8), (8, 64)), {"activation": "lrelu"}, "activation='lrelu'"),
        (arrays((64, 8), (8, 64)), {"padding": "none"}, "`padding` must be"),
        (arrays((64, 8), (8, 64)), {"image_shape": (8, 8, 1)}, "there are none"),
        (arrays((64, 8)) | {"gain": np.float32(3)}, {}, "other variables: gain"),
        ({"w1": np.ones((64, 8), "float32")}, {}, "Give tied=True"),
        (
            arrays((64, 8), (8, 64)) | {"b1": np.full(8, np.nan, "float32")},
            {},
            "NaN or infinite values in b1",
        ),
        ({"Adam": np.ones(3, "float32")}, {}, "no variables but an optimizer's"),
    ],
)
def test_what_is_no_stack_is_refused(saved, options, message, tmp_path):
    save_arrays(tmp_path / "run.ckpt", **saved)
    with pytest.raises(ValueError, match=message):
        checkpoints.load(tmp_path / "run.ckpt", "auto", **TOLD | options)


@pytest.mark.parametrize("with_dense", [slow(False), True])
def test_convolutions_are_told_by_shape_and_order(with_dense, tmp_path):
    images, expected = convolutions(tmp_path / "run.ckpt", with_dense)
    imported = checkpoints.load(tmp_path / "run.ckpt", "auto", **CONVOLUTIONAL)
    assert_predicts(imported.model, images, expected)
    assert imported.model.code_shape == ((5,) if with_dense else (2, 2, 6))
    history = imported.model.fit(images, epochs=2, verbose=0).history["loss"]
    assert history[1] < history[0]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"activation": None}, 'such as activation="relu"'),
        ({"image_shape": None}, r"such as image_shape=\(28, 28, 1\)"),
        ({"strides": [2, 2]}, "one for each of 4 convolutions"),
        ({"strides": None}, "such as strides=2"),
        ({"strides": 1}, "dense/kernel .* cannot take"),
        ({"padding": None}, r"Give `padding`, one for all"),
        (
            {"strides": [2, 2, 2, 1]},
            r"shape \(8, 8, 1\) into outputs of shape \(4, 4, 1\)",
        ),
    ],
)
def test_what_shapes_do_not_tell_must_be_given(options, message, tmp_path):
    convolutions(tmp_path / "run.ckpt", with_dense=True)
    with pytest.raises(ValueError, match=message):
        checkpoints.load(tmp_path / "run.ckpt", "auto", **CONVOLUTIONAL | options)


def test_two_heads_need_a_word(rows, tmp_path):
    path = tmp_path / "run.ckpt"
    write("notebook_variational", path, rows)
    with pytest.raises(ValueError, match='program="notebook_variational_deviation"'):
        checkpoints.load(path, "auto", **TOLD)


# What tells which of several models variables are of; the rest no checkpoint holds.
DECIDING = (
    *("tied", "variational", "classifier", "rbm", "order", "biases", "transposed"),
    *("padding", "pooling", "normalization", "norm_scopes"),
)
SIGMOID = {"activation": "sigmoid", "output_activation": "sigmoid"}


def built(case, told):
    """Whether a model is made, which then computes what the program did."""
    try:
        model, assignments, left = stacks.build(case.arrays, **told)
    except ValueError as error:
        # The message names what would decide.
        assert any(name in str(error) for name in (*DECIDING, "activation")), error
        return False
    assert model.example_shape == case.inputs.shape[1:]
    assert_alike(model(case.inputs), case.outputs)
    if case.log_variance is not None:
        _, log_variance = model.encode_distribution(case.inputs)
        assert_alike(np.exp(log_variance), np.exp(case.log_variance))
    taken = [name for name, _ in assignments]
    assert sorted([*taken, *left]) == sorted(case.arrays)
    for name, weight in assignments:
        np.testing.assert_array_equal(np.array(weight), case.arrays[name])
    return True


@pytest.mark.parametrize("seed", [*range(12), *(slow(seed) for seed in range(12, 200))])
def test_random_programs_are_rebuilt_or_refused_and_never_wrong(seed):
    case = random_stacks.Program(seed).case()
    assert built(case, case.told)
    generator = np.random.default_rng(seed)
    built(case, {k: v for k, v in case.told.items() if k not in DECIDING})
    some = {
        k: v
        for k, v in case.told.items()
        if k not in DECIDING or generator.random() < 0.7
    }
    if "order" in some and generator.random() < 0.5:
        some["order"] = list(np.concatenate([np.ravel(one) for one in some["order"]]))
    built(case, some)


def stack(*widths, names="w1 b1 w2 b2 w3 b3 w4 b4 w5 b5", tied=False):
    """Variables of dense layers, of given names, and what their outputs are."""
    generator = np.random.default_rng(len(widths))
    pairs = list(itertools.pairwise(widths))
    found = [generator.normal(0, 0.5, pair).astype("float32") for pair in pairs]
    kernels = [*found, *(kernel.T for kernel in found[::-1] if tied)]
    biases = [generator.normal(0, 0.5, one.shape[1]) for one in kernels]
    inputs = generator.random((5, widths[0]))
    values = inputs
    for kernel, bias in zip(kernels, biases, strict=True):
        values = 1 / (1 + np.exp(-(values @ kernel + bias.astype("float32"))))
    names = names.split()
    made = [one for pair in zip(found, biases, strict=False) for one in pair]
    made += biases[len(found) :]
    arrays = {
        name: value.astype("float32") for name, value in zip(names, made, strict=False)
    }
    return arrays, inputs.astype("float32"), values


def assert_built(arrays, inputs, expected, **told):
    model, _, left = stacks.build(arrays, **told)
    assert_alike(model(inputs), expected)
    return model, left


@pytest.mark.parametrize(
    ("units", "names", "told"),
    [
        (4, "W b b_prime", {"tied": True}),
        slow(6, "W b b_prime", {"rbm": True}),
        (6, "weights hidden-bias visible-bias", {"rbm": True}),
        slow(4, "weights hidden-bias visible-bias", {"tied": True}),
        slow(6, "model/enc-w model/hidden-bias model/visible-bias", {"tied": True}),
        slow(6, "W bh bv", {"rbm": True}),
        slow(4, "Variable Variable_1 Variable_2", {"tied": True}),
        (6, "Variable Variable_1 Variable_2", {"tied": True}),
        (4, "W c b", {"rbm": True, "biases": ["c", "b"]}),
    ],
)
def test_one_kernel_is_tied_or_a_boltzmann_machine(units, names, told):
    variables, inputs, expected = stack(6, units, names=names, tied=True)
    alone = {"biases": told.get("biases")}
    with pytest.raises(ValueError, match=r"tied=True .*; rbm=True"):
        stacks.build(variables, **SIGMOID, **alone)
    if units == 6 and "Variable" in names:  # either bias is of hidden units
        with pytest.raises(ValueError, match=r"Give their names .*`biases`"):
            stacks.build(variables, **SIGMOID, **told)
        told = {**told, "biases": names.split()[1:]}
    model, _ = assert_built(variables, inputs, expected, **SIGMOID, **told)
    boltzmann = isinstance(model, tfae.RestrictedBoltzmannMachine)
    assert boltzmann == told.get("rbm", False)


def test_kernels_of_an_encoder_alone_need_a_word(tmp_path):
    names = "w1 b1 w2 b2 b3 b4"
    variables, inputs, expected = stack(7, 5, 3, names=names, tied=True)
    with pytest.raises(ValueError, match="tied=True if the decoder"):
        stacks.build(variables, **SIGMOID)
    model, _ = assert_built(variables, inputs, expected, **SIGMOID, tied=True)
    model.save(tmp_path / "model.keras")
    assert_alike(tfae.load(tmp_path / "model.keras")(inputs), expected)
    # A bias of the outputs is not the encoder's: the kernel is stored transposed.
    turned = {"W": variables["w1"].T, "b": variables["b1"], "b_prime": variables["b4"]}
    with pytest.raises(ValueError, match="may be stored transposed"):
        stacks.build(turned, **SIGMOID, tied=True)


def test_layers_of_one_width_may_be_heads_of_a_code():
    variables, inputs, expected = stack(6, 4, 4, 4, 6)
    with pytest.raises(ValueError, match=r"variational=.* Otherwise .*=False"):
        stacks.build(variables, **SIGMOID)
    told = SIGMOID | {"variational": False}
    assert_built(variables, inputs, expected, **told)
    renamed = dict(zip("abcdefgh", variables.values(), strict=True))
    kernels, biases = list("aceg"), list("bdfh")
    with pytest.raises(ValueError, match=r"could be .*; or .*`order`"):
        stacks.build(renamed, **told, biases=biases)
    told |= {"order": kernels, "biases": biases}
    assert_built(renamed, inputs, expected, **told)


def test_squares_of_a_decoder_may_be_numbered_from_either_end():
    names = "encoder_h1 encoder_b1 encoder_h2 encoder_b2 "
    names += "decoder_h1 decoder_b1 decoder_h2 decoder_b2"
    told = SIGMOID | {"variational": False}
    variables, inputs, expected = stack(5, 4, 3, 4, 5, names=names)
    assert_built(variables, inputs, expected, **told)
    variables, inputs, expected = stack(4, 4, 4, 4, 4, names=names)
    with pytest.raises(ValueError, match="decoder_h2, decoder_h1"):
        stacks.build(variables, **told)
    told |= {"order": [name for name in names.split() if "_h" in name]}
    assert_built(variables, inputs, expected, **told)


@pytest.mark.parametrize(
    "names",
    [
        "Variable Variable_1 Variable_2 Variable_3",
        "Variable Variable_2 Variable_1 Variable_3",
        slow("ae/layer1/Matrix ae/layer1/Bias ae/layer2/Matrix ae/layer2/Bias"),
        "m/encoder_h1 m/encoder_b1 m/decoder_h1 m/decoder_b1",
        slow(
            "fully_connected/weights fully_connected/biases "
            "fully_connected_1/weights fully_connected_1/biases"
        ),
    ],
)
def test_names_pair_biases_with_kernels(names):
    variables, inputs, expected = stack(5, 3, 5, names=names)
    assert_built(variables, inputs, expected, **SIGMOID)


@pytest.mark.parametrize(
    ("names", "message"),
    [
        ("w1 b2 w2 b1", "Names pair kernels and biases that do not fit"),
        ("x b y c1", "other variables: c1"),
        ("x b1 y b2", "several orders"),
    ],
)
def test_names_that_do_not_tell_are_refused(names, message):
    with pytest.raises(ValueError, match=message):
        stacks.build(stack(5, 3, 5, names=names)[0], **SIGMOID)


def test_layers_without_biases_may_be_tied():
    variables = {
        name: one for name, one in arrays((5, 3), (3, 5)).items() if "w" in name
    }
    with pytest.raises(ValueError, match="Otherwise give tied=False"):
        stacks.build(variables, **SIGMOID)
    model, assignments, _ = stacks.build(variables, **SIGMOID, tied=False)
    assert model.code_shape == (3,) and len(assignments) == 2


def test_each_layer_may_have_an_activation_of_its_own():
    variables, inputs, expected = stack(5, 3, 5)
    assert_built(variables, inputs, expected, activation=["sigmoid", "sigmoid"])
    with pytest.raises(ValueError, match="one for each of 2 layers"):
        stacks.build(variables, activation=["relu"])
    with pytest.raises(ValueError, match="Leave the latter two out"):
        stacks.build(variables, activation=["relu"] * 2, output_activation="relu")


def heads(*names):
    """Variables of a variational autoencoder whose heads have these names."""
    found = arrays((6, 4), (4, 2), (4, 2), (2, 4), (4, 6))
    for number, name in zip((2, 3), names, strict=True):
        found[f"{name}/kernel"] = found.pop(f"w{number}") * number
        found[f"{name}/bias"] = found.pop(f"b{number}")
    return found


@pytest.mark.parametrize(
    ("names", "mean"),
    [
        (("z_mean", "z_log_sigma"), "z_mean"),
        (("gamma", "mu"), "mu"),
        slow(("hidden3_mean", "hidden3_gamma"), "hidden3_mean"),
        (("dense_1", "dense_2"), None),
    ],
)
def test_names_or_an_order_tell_which_head_is_the_mean(names, mean):
    told = SIGMOID | {"variational": "softplus"}
    if mean is None:
        with pytest.raises(ValueError, match="the mean head before the other: `order`"):
            stacks.build(heads(*names), **told)
        mean = names[1]
        told["order"] = ["w1", f"{mean}/kernel", f"{names[0]}/kernel", "w4", "w5"]
    model, assignments, _ = stacks.build(heads(*names), **told)
    assert isinstance(model, tfae.VariationalAutoencoder)
    assert type(model.likelihood).__name__ == "Bernoulli"
    by_name = {name: weight for name, weight in assignments}
    inputs = np.ones((1, 6), "float32")
    hidden = 1 / (1 + np.exp(-0.6))
    found, log_variance = model.encode_distribution(inputs)
    scale = {names[0]: 2, names[1]: 3}
    assert_alike(found, np.full((1, 2), 0.4 * hidden * scale[mean]))
    (other,) = set(names) - {mean}
    deviation = np.log1p(np.exp(0.4 * hidden * scale[other]))
    assert_alike(log_variance, np.full((1, 2), 2 * np.log(deviation)))
    assert len(by_name) == 10


def test_a_last_layer_of_classes_needs_a_word():
    variables, inputs, _ = stack(5, 3, 4)
    with pytest.raises(ValueError, match="classifier=True"):
        stacks.build(variables, **SIGMOID)
    model, _, _ = stacks.build(variables, activation="relu", classifier=True)
    assert isinstance(model, tfae.Classifier)
    hidden = np.maximum(inputs @ variables["w1"] + variables["b1"], 0)
    logits = np.exp(hidden @ variables["w2"] + variables["b2"])
    assert_alike(model(inputs), logits / logits.sum(axis=1, keepdims=True))
    with pytest.raises(ValueError, match="A model has only one kind"):
        stacks.build(variables, **SIGMOID, classifier=True, tied=True)


def test_averages_take_the_place_of_variables():
    variables, inputs, expected = stack(5, 3, 5)
    averaged = {f"{k}/ExponentialMovingAverage": v for k, v in variables.items()}
    others = {name: value * 2 for name, value in variables.items()}
    counted = {"train/epoch": np.float32(3), "learning_rate": np.float32(0.1)}
    slots = {"w1/my_adam": variables["w1"], "train/Momentum/b1": variables["b1"]}
    _, left = assert_built(
        {**others, **averaged, **counted, **slots},
        *(inputs, expected),
        **SIGMOID,
        averages=True,
    )
    assert {*left} == {*others, *counted, *slots}
    _, left = assert_built({**variables, **averaged}, inputs, expected, **SIGMOID)
    assert {*left} == {*averaged}
    with pytest.raises(ValueError, match="no average of b1"):
        stacks.build(variables, **SIGMOID, averages=True)
    with pytest.raises(ValueError, match="averages=True"):
        stacks.build(averaged, **SIGMOID)


def normalized(size, mean):
    """Variables of batch normalization with this moving mean."""
    parts = {"gamma": 2, "beta": 1, "moving_mean": mean, "moving_variance": 4}
    return {f"bn/{name}": np.full(size, one, "float32") for name, one in parts.items()}


@pytest.mark.parametrize("side", ["before", "after"])
def test_a_moving_mean_may_tell_what_was_normalized(side):
    variables, inputs, _ = stack(5, 3, 5)
    before = inputs @ variables["w1"] + variables["b1"]
    mean = -1 if side == "before" else 0.5
    scale = 2 / np.sqrt(4 + 1e-3)
    hidden = np.maximum((before - mean) * scale + 1, 0)
    told = {"activation": "relu", "output_activation": "linear"}
    if side == "before":
        with pytest.raises(ValueError, match=r"such as epsilon=0\.001"):
            stacks.build(variables | normalized(3, mean), **told)
    told["epsilon"] = 1e-3
    if side == "after":
        hidden = (np.maximum(before, 0) - mean) * scale + 1
        with pytest.raises(ValueError, match='normalization="after"'):
            stacks.build(variables | normalized(3, mean), **told)
        told["normalization"] = "after"
    expected = hidden @ variables["w2"] + variables["b2"]
    assert_built(variables | normalized(3, mean), inputs, expected, **told)
    with pytest.raises(ValueError, match=r"several places .*`norm_scopes`"):
        stacks.build(variables | normalized(5, mean), **told)


@pytest.mark.parametrize("kind", ["int32", "bool", "complex64", "S3"])
def test_kernels_are_real_numbers(kind):
    variables = arrays((5, 3), (3, 5))
    variables["w2"] = variables["w2"].astype(kind)
    with pytest.raises(ValueError, match=r"real numbers\. Received: w2"):
        stacks.build(variables, **SIGMOID)


def test_convolutions_that_keep_the_size_may_have_pooling_between_them():
    variables = {
        "conv2d/kernel": np.ones((3, 3, 1, 2), "float32"),
        "conv2d_1/kernel": np.ones((3, 3, 2, 1), "float32"),
    }
    told = SIGMOID | {"image_shape": (8, 8, 1), "strides": 1, "padding": "same"}
    told["tied"] = False
    with pytest.raises(ValueError, match="give pooling=False"):
        stacks.build(variables, **told)
    assert stacks.build(variables, **told, pooling=False)[0].built
