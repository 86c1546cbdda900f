"""Values that an option cannot have. A row is a command and words of its refusal."""

import shutil

import pytest

import tfae
from tfae import networks, saving

pytestmark = pytest.mark.attacks

HUGE = "1" + 30 * "0"
# What each option of a number is tried with, and how messages call it.
NUMBERS = {
    "train leaky_relu_digits --epochs": "--epochs",
    "train leaky_relu_digits --batch-size": "--batch-size",
    "train leaky_relu_digits --seed": "eed",
    "train leaky_relu_digits --set patience=": "patience",
    "train leaky_relu_digits --set passes=": "passes",
    "train leaky_relu_digits --set hidden_units=": "hidden_units",
    "train sparse_digits --set labels=": "labels",
    "train variational_digits --set latent_dim=": "latent_dim",
    "train vector_quantized_digits --set num_codes=": "num_codes",
    "train convolutional_digits --set filters=": "filters",
    "sample drawn --data digits --count": "--count",
    "sample drawn --data digits --seed": "--seed",
    "finetune run --labels": "labels",
    "finetune run --labels 20 --seeds": "--seeds",
    "finetune run --labels 20 --epochs": "--epochs",
    "finetune run --freeze": "--freeze",
    "map run --count": "--count",
    "map run --count 50 --neighbours": "--neighbours",
    "map run --count 100 --pca-first": "--pca-first",
    "map run --count 50 --seed": "--seed",
    "search run/index.npz --example 0 --top": "--top",
    "search run/index.npz --example": "--example",
    "export run --version": "ersion",
    "export run --index run/index.npz --top": "--top",
    "compare notebook_linear_pca --steps": "--steps",
    "compare notebook_linear_pca --seed": "--seed",
    "import-checkpoint none --as auto --output x --strides": "--strides",
}
NO_COUNTS = ("-1", HUGE, "1.5", "nan", "many", "")
FRACTIONS = {
    "train leaky_relu_digits --learning-rate": "--learning-rate",
    "train leaky_relu_digits --set dropout=": "dropout",
    "train sparse_digits --set sparsity=": "sparsity",
    "train sparse_digits --set target_activation=": "target_activation",
    "train variational_digits --set beta=": "beta",
    "train contractive_digits --set contraction=": "contraction",
    "finetune run --labels 20 --learning-rate": "--learning-rate",
    "finetune run --labels 20 --encoder-rate": "--encoder-rate",
    "map run --count 50 --perplexity": "--perplexity",
    "export run --time-limit": "--time-limit",
}
NO_FRACTIONS = ("-1", "nan", "inf", "1e308", "many", "")
ROWS = [
    ("train", "argument"),
    ("train nothing_digits", "nothing_digits"),
    ("train leaky_relu_digits --nothing", "--nothing"),
    ("train leaky_relu_digits more", "more"),
    ("train leaky_relu_digits --set passes=2000000000", "passes"),
    ("train leaky_relu_digits --seed 4294967296", "--seed"),
    ("train leaky_relu_digits --set loss=Loss", "loss"),
    ("train leaky_relu_digits --set loss=keras", "loss"),
    ("train leaky_relu_digits --set loss=ops", "loss"),
    ("train leaky_relu_digits --set loss=__name__", "loss"),
    ("train leaky_relu_digits --set loss=spread_weights", "loss"),
    ("train leaky_relu_digits --set loss=LossFunctionWrapper", "loss"),
    ("train leaky_relu_digits --set loss=ctc", "loss"),
    ("train leaky_relu_digits --set loss=3", "loss"),
    ("train leaky_relu_digits --set loss=[]", "loss"),
    ("train leaky_relu_digits --set optimizer=Optimizer", "optimizer"),
    ("train leaky_relu_digits --set optimizer=LossScaleOptimizer", "optimizer"),
    ("train leaky_relu_digits --set optimizer=keras", "optimizer"),
    ("train leaky_relu_digits --set optimizer=3", "optimizer"),
    ("train leaky_relu_digits --set activation=keras", "activation"),
    ("train leaky_relu_digits --set activation=__name__", "activation"),
    ("train leaky_relu_digits --set activation=3", "activation"),
    ("train leaky_relu_digits --set kernel_initializer=Initializer", "initializer"),
    ("train leaky_relu_digits --set kernel_initializer=keras", "initializer"),
    ("train leaky_relu_digits --set kernel_regularizer=Regularizer", "regularizer"),
    ("train leaky_relu_digits --set kernel_regularizer=__name__", "regularizer"),
    ("train leaky_relu_digits --set hidden_units=2000000000,2", "weights"),
    ("train leaky_relu_digits --set hidden_units=()", "hidden_units"),
    ("train leaky_relu_digits --set hidden_units={}", "hidden_units"),
    ("train leaky_relu_digits --set scaling=most", "scaling"),
    ("train leaky_relu_digits --set binarize=most", "binarize"),
    ("train leaky_relu_digits --set decay=most", "decay"),
    ("train leaky_relu_digits --set shuffle=most", "shuffle"),
    ("train leaky_relu_digits --set jit_compile=most", "jit_compile"),
    ("train leaky_relu_digits --set tie_weights=most", "tie_weights"),
    ("train leaky_relu_digits --set =3", "KEY=VALUE"),
    ("train leaky_relu_digits --set name=x", "name"),
    ("train leaky_relu_digits --set model=VQVAE", "model"),
    ("train leaky_relu_digits --set data=mnist", "data"),
    ("train leaky_relu_digits --data ''", "--data"),
    ("train leaky_relu_digits --data missing.npy", "missing.npy"),
    ("train leaky_relu_digits --data /dev/null", "/dev/null"),
    ("train leaky_relu_digits --data /dev/zero", "/dev/zero"),
    ("train leaky_relu_digits --data http://127.0.0.1:9/x.npy", "http"),
    ("train leaky_relu_digits --data .", "mages"),
    ("train leaky_relu_digits --image-size 0x0", "--image-size"),
    ("train leaky_relu_digits --image-size 8", "--image-size"),
    (f"train leaky_relu_digits --image-size {HUGE}x8", ""),
    ("train leaky_relu_digits --output /dev/null", "/dev/null"),
    ("train leaky_relu_digits --output /dev/null/x", "/dev/null"),
    ("train leaky_relu_digits --output /proc/x", "/proc/x"),
    ("train variational_digits --set likelihood=__name__", "likelihood"),
    ("train variational_digits --set likelihood=3", "likelihood"),
    ("train contractive_digits --set method=guess", "method"),
    ("train denoising_digits --set corruption=MaskingNoise", "layer"),
    ("train denoising_digits --set corruption=__name__", "layer"),
    ("sample run", "sample"),
    ("sample drawn --data digits --count 10000000000", "--count"),
    ("sample drawn --data digits --count 1000000000", "memory"),
    ("sample drawn --data digits --condition 3", "--condition"),
    ("finetune run --labels ,", "--labels"),
    ("finetune run --labels 20,,30", "--labels"),
    ("finetune run --labels 20 --seeds 100000", "seeds"),
    ("finetune run --freeze 2", "--freeze"),
    ("map run --method none", "method"),
    ("map run --count 50 --perplexity 49", "--perplexity"),
    ("map run --count 3", "perplexity"),
    ("index run --metric euclid", "--metric"),
    ("index run --part everything", "--part"),
    ("index run --metric hamming --threshold nan", "--threshold"),
    ("index run --threshold 1", "--threshold"),
    ("search run/metrics.json --example 0", "metrics.json"),
    ("search missing.npz --example 0", "missing.npz"),
    ("search run/index.npz", "example"),
    ("export run --name ../x", "--name"),
    ("export run --name ''", "--name"),
    ("export run --version 0", "ersion"),
    ("export missing", "missing"),
    ("export run/figures", "figures"),
    ("evaluate run --data digits --data nothing", "nothing"),
    ("evaluate /dev/zero --data digits", "/dev/zero"),
    ("plot run run/missing.keras", "missing.keras"),
    ("compare", "--all"),
    ("compare nothing", "nothing"),
    ("compare notebook_linear_pca --steps 1000000000", "--steps"),
    ("import-checkpoint missing --as auto --output x", "missing"),
    ("import-checkpoint run --as nothing --output x", "checkpoint"),
    ("predict", "Missing"),
    ("nothing", "nothing"),
    ("--nothing", "--nothing"),
    ("--import missing_module list", "missing_module"),
    ("--import missing.py list", "missing.py"),
]


def commands():
    """All of them, each with words that its refusal holds."""
    for tried, values in ((NUMBERS, NO_COUNTS), (FRACTIONS, NO_FRACTIONS)):
        for command, words in tried.items():
            for value in values:
                yield command + ("" if command.endswith("=") else " ") + value, words
    yield from ROWS


@pytest.fixture(scope="module")
def prepared(tmp_path_factory, trained):
    """A folder with a trained model, its index, and a model that draws."""
    folder = tmp_path_factory.mktemp("prepared")
    shutil.copytree(trained[0], folder / "run")
    model = tfae.load(folder / "run")
    digits = tfae.datasets.load("digits")
    index = tfae.evaluation.retrieval.of(
        model, digits.everything.inputs, path="model.keras", data="digits", part="all"
    )
    index.save(folder / "run" / "index.npz")
    drawn = tfae.VariationalAutoencoder(*networks.variational(64, [8], 2))
    drawn.predict(digits.test.inputs[:2], verbose=0)
    saving.save(drawn, folder / "drawn" / "model.keras")
    return folder


@pytest.mark.parametrize(("command", "words"), [*commands()])
def test_a_value_that_cannot_be_is_refused(refuses, prepared, tmp_path, command, words):
    shutil.copytree(prepared, tmp_path, dirs_exist_ok=True)
    # As a shell would split it, but for an empty value at the end.
    words_of_command = [word.strip("'") for word in command.split(" ")]
    refuses(*words_of_command, words=[words])
