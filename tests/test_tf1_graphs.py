"""Models of the graphs that TF1's Saver wrote beside checkpoints."""

import os
import shutil
from pathlib import Path

import numpy as np
import odd_graphs
import old_graphs
import pytest
import tensorflow as tf
from checkpoints import write
from conftest import assert_one_line, mostly_slow, slow

import tfae
from legacy_tf1_ports import _graph, leaky_relu_stacked
from tfae.migration import checkpoints

v1 = tf.compat.v1
GIVEN = os.environ.get("TFAE_TF1_GRAPHS")
NAMES = sorted(path.name for path in Path(GIVEN).iterdir()) if GIVEN else []
SEEDS = [seed if seed < 2 else slow(seed) for seed in range(500)]
QUICK = ("moving_averages", "tied_convolution")
ROUNDING = {"convolution_max_pool": 4e-6}  # of other kernels, as those of TF1 itself


def difference(outputs, expected):
    expected = np.asarray(expected, "float64")
    found = np.asarray(outputs).reshape(expected.shape)
    return np.abs(found - expected).max() / np.abs(expected).max()


@pytest.mark.parametrize("seed", SEEDS)
def test_a_drawn_program_comes_home(seed, tmp_path):
    drawn = old_graphs.draw(seed, tmp_path)
    imported = checkpoints.load(drawn.path, "auto")
    assert difference(imported.model(drawn.rows), drawn.outputs) < 1e-6
    assert imported.difference < 1e-6
    kind = "VariationalAutoencoder" if drawn.kind == "variational" else "Autoencoder"
    assert type(imported.model).__name__ == kind
    assert "global_step" in imported.left


@pytest.mark.parametrize("name", mostly_slow(NAMES, *QUICK))
def test_given_graphs_come_home(name, call_cli):
    folder = Path(GIVEN) / name
    result = call_cli("import-checkpoint", folder / "model.ckpt", "--output", "new")
    assert result.returncode == 0, result.stderr
    assert "agrees with its graph to " in result.stdout
    if (folder / "io.npz").is_file():
        known = np.load(folder / "io.npz")
        outputs = tfae.load("new")(known["x"])
        assert difference(outputs, known["y"]) < ROUNDING.get(name, 1e-6)


@pytest.mark.parametrize(
    ("build", "words"),
    [
        (odd_graphs.condition, "StatelessIf"),
        slow(odd_graphs.loop, "StatelessWhile"),
        slow(odd_graphs.normalized_by_the_batch, "Mean"),
        slow(odd_graphs.python_code, "PyFunc"),
        slow(odd_graphs.reads_a_file, "ReadFile"),
        (odd_graphs.two_towers, "left/out of left/left, right/out of right/right"),
        slow(odd_graphs.two_inputs, "ConcatV2"),
        (odd_graphs.skips, "two branches"),
        slow(odd_graphs.unknown_operation, "l2_normalize"),
        slow(odd_graphs.hidden_of_its_size, "l2_normalize"),
        slow(odd_graphs.residual, "two branches"),
        slow(odd_graphs.learns_noise, "Sub of outputs and examples"),
        slow(odd_graphs.gated, "Mul"),
        slow(odd_graphs.hidden_of_its_size_with_a_loss, "l2_normalize"),
        (odd_graphs.noise_with_a_variable, "random numbers"),
        slow(odd_graphs.narrow_noise, "another distribution"),
        slow(odd_graphs.mixed_by_a_switch, "two branches"),
        slow(odd_graphs.chosen_by_a_switch, r"different model .* such as share=1"),
        (odd_graphs.infinite_bias, r"finite values.* the dense of .*bias"),
        (odd_graphs.variables_alone, "no tensor of the graph"),
        (odd_graphs.queue, "`input`"),
        (odd_graphs.classifier, "`reconstruction`"),
    ],
    ids=lambda one: getattr(one, "__name__", ""),
)
def test_what_cannot_be_rebuilt_is_named(build, words, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("secret").write_text("a secret of many bytes")
    with pytest.raises(ValueError, match=words):
        checkpoints.load(odd_graphs.save(build, tmp_path), "auto")


@pytest.mark.parametrize(
    "build",
    [
        odd_graphs.no_shape,
        slow(odd_graphs.kept_units),
        odd_graphs.dropped_units,
        slow(odd_graphs.doubles),
        slow(odd_graphs.writes_a_file),
    ],
    ids=lambda one: one.__name__,
)
def test_what_is_for_training_alone_is_off(build, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    imported = checkpoints.load(odd_graphs.save(build, tmp_path), "auto")
    assert imported.difference < 1e-6
    assert imported.model.code_shape == (3,)
    assert not Path("written").exists()
    told = ["Placeholder is assumed to be 1."] if build is odd_graphs.kept_units else []
    assert [*imported.notes] == told


@pytest.mark.slow
def test_scales_of_the_outputs_and_before_dropout_stay(tmp_path):
    rows = np.random.default_rng(0).random((5, 8), "float32")
    path = odd_graphs.save(odd_graphs.scaled_outputs, tmp_path)
    outputs = np.asarray(checkpoints.load(path, "auto").model(rows))
    assert outputs.max() > 100
    path = odd_graphs.save(odd_graphs.scale_before_dropout, tmp_path)
    imported = checkpoints.load(path, "auto")
    arrays, _ = checkpoints.read(path)
    expected = 1.7159 * np.tanh(rows @ arrays["a"]) @ arrays["b"]
    assert difference(imported.model(rows), expected) < 1e-6


@pytest.mark.parametrize("count", [slow(3), slow(4), 9])
def test_a_graph_of_a_fixed_batch_is_compared_on_data(count, tmp_path):
    path = odd_graphs.save(odd_graphs.strided_ties, tmp_path)
    data = np.random.default_rng(0).random((count, 8, 8, 1), "float32")
    imported = checkpoints.load(path, "auto", data=data)
    assert imported.difference < 1e-6
    shared = [note for note in imported.notes if "no longer share it" in note]
    assert [note.split()[0] for note in shared] == ["kernel", "lower"]


def test_the_saver_of_the_file_names_the_variables(tmp_path):
    path = odd_graphs.save(odd_graphs.two_savers, tmp_path)
    names = [name for name, *_ in checkpoints.load(path, "auto").taken]
    assert sorted(names) == ["b", "w0"]
    path = odd_graphs.save(odd_graphs.regression, tmp_path)
    with pytest.raises(ValueError, match="nor classes"):
        checkpoints.load(path, "auto", reconstruction="values")


@pytest.mark.slow
def test_names_decide_where_the_graph_does_not(tmp_path):
    for build, names, kind in (
        (odd_graphs.two_towers, {"input": "left/left"}, "Autoencoder"),
        (odd_graphs.two_towers, {"reconstruction": "right/out:0"}, "Autoencoder"),
        (odd_graphs.classifier, {"reconstruction": "logits"}, "Classifier"),
        (
            odd_graphs.queue,
            {"input": "fifo_queue_DequeueMany", "reconstruction": "out"},
            "Autoencoder",
        ),
        (odd_graphs.chosen_by_a_switch, {"feeds": {"share": 3}}, "Autoencoder"),
    ):
        path = odd_graphs.save(build, tmp_path)
        imported = checkpoints.load(path, "auto", **names)
        assert type(imported.model).__name__ == kind
        assert imported.difference < 1e-6


def test_another_checkpoint_s_graph_is_noticed(tmp_path):
    path = odd_graphs.save(odd_graphs.no_shape, tmp_path)
    (tmp_path / "other").mkdir()
    other = odd_graphs.save(odd_graphs.skips, tmp_path / "other")
    shutil.copy(f"{other}.meta", f"{path}.meta")
    with pytest.raises(ValueError, match=r"two branches|has no value|shape"):
        checkpoints.load(path, "auto")
    meta = Path(f"{path}.meta")
    whole = meta.read_bytes()
    for content in (b"", b"none", whole[: len(whole) // 2], bytes(1000)):
        meta.write_bytes(content)
        with pytest.raises(ValueError, match=r"is damaged|holds no graph"):
            checkpoints.load(path, "auto")


@pytest.mark.slow
def test_a_program_is_compared_with_its_graph(rows, tmp_path, monkeypatch):
    monkeypatch.setattr(
        _graph, "save", lambda opened, path: v1.train.Saver().save(opened, str(path))
    )
    write("notebook_tied", tmp_path / "run.ckpt", rows)
    assert checkpoints.load(tmp_path / "run.ckpt", "notebook_tied").difference < 1e-6
    write("notebook_variational", tmp_path / "run.ckpt", rows)
    imported = checkpoints.load(tmp_path / "run.ckpt", "notebook_variational")
    assert imported.difference < 1e-6
    with pytest.raises(ValueError, match="must agree with its graph"):
        checkpoints.load(tmp_path / "run.ckpt", "notebook_variational_deviation")


@pytest.mark.parametrize("kind", [slow("saved model"), "frozen"])
def test_other_files_of_the_flagship_come_home(kind, tmp_path, call_cli):
    rows = np.random.default_rng(0).random((5, 64), "float32")
    with _graph.session(0) as session:
        program = leaky_relu_stacked.build(64)
        session.run(v1.global_variables_initializer())
        expected = session.run(program.outputs, {program.inputs: rows})
        path = tmp_path / ("old" if kind == "saved model" else "old.pb")
        if kind == "saved model":
            v1.saved_model.simple_save(
                session, str(path), {"x": program.inputs}, {"y": program.outputs}
            )
        else:
            graph_def = v1.graph_util.convert_variables_to_constants(
                session, session.graph.as_graph_def(), [program.outputs.op.name]
            )
            path.write_bytes(graph_def.SerializeToString())
    result = call_cli("import-checkpoint", path, "--output", "new")
    assert result.returncode == 0, result.stderr
    assert "agrees with its graph to " in result.stdout
    assert difference(tfae.load("new")(rows), expected) < 1e-6


def test_the_command_says_what_it_found(tmp_path, call_cli):
    drawn = old_graphs.draw(0, tmp_path)
    np.save(tmp_path / "rows.npy", drawn.rows)
    command = ("import-checkpoint", drawn.path, "--data", "rows.npy")
    result = call_cli(*command)
    assert result.returncode == 0, result.stderr
    for words in ("agrees with its graph to ", "Autoencoder of ", "of the mean"):
        assert words in result.stdout
    assert (tmp_path / "saved_models" / "model" / "model.keras").is_file()
    assert_one_line(call_cli(*command), "already holds a model")
    assert_one_line(call_cli(*command, "--input", "none", "--dry-run"), "--input must")
    other = odd_graphs.save(odd_graphs.skips, tmp_path)
    assert_one_line(call_cli("import-checkpoint", other), "as --reconstruction")


# What a checkpoint does not tell of each of the given graphs, or words of its refusal.
SIGMOID = "--activation sigmoid --output-activation sigmoid"
RELU = "--activation relu --output-activation sigmoid"
IMAGES = "--image-shape 8,8,1 --padding same --strides"
TOLD = {
    "batch_norm": (RELU, "moving_variance"),  # which the program takes the exp of
    "boltzmann_named": (f"{SIGMOID} --rbm", None),
    "convolution_max_pool": (f"{RELU} {IMAGES} 1", "--no-pooling"),
    "denoising_enc_w": (f"{SIGMOID} --tied", None),
    "equal_widths": (
        f"{RELU} --variational log_variance "
        "--order dense/kernel,[dense_1/kernel,dense_2/kernel],dense_3/kernel,"
        "dense_4/kernel",
        None,
    ),
    "mixed_activations": ("--activation tanh,linear,relu,linear", None),
    "moving_averages": (f"{RELU} --averages", None),
    "scopes_inside_out": (RELU, None),
    "sigmoid_numbered": (SIGMOID, None),
    "tied_b_prime": (f"{SIGMOID} --tied", None),
    "tied_convolution": (
        "--activation leaky_relu --output-activation leaky_relu --tied "
        "--image-shape 8,8,1 --padding same --strides 2",
        None,
    ),
    "variational_scoped": (
        f"{RELU} --variational log_variance "
        "--order Variable,[Variable_2,Variable_4],Variable_6,Variable_8",
        None,
    ),
}


@pytest.mark.parametrize("name", mostly_slow(NAMES, *QUICK))
def test_given_checkpoints_come_home_without_their_graphs(name, call_cli, tmp_path):
    for file in (Path(GIVEN) / name).glob("model.ckpt.*"):
        if file.suffix != ".meta":
            shutil.copy(file, tmp_path)
    command = ("import-checkpoint", "model.ckpt", "--output", "new")
    options, words = TOLD[name]
    assert call_cli(*command).returncode == 2
    result = call_cli(*command, *options.split())
    if words is not None:
        assert_one_line(result, words)
        return
    assert result.returncode == 0, result.stderr
    if (Path(GIVEN) / name / "io.npz").is_file():
        known = np.load(Path(GIVEN) / name / "io.npz")
        model = tfae.load("new")
        rows = known["x"].reshape(-1, *model.example_shape)
        assert difference(model(rows), known["y"]) < 1e-6
