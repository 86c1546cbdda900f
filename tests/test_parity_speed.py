"""How fast a legacy program and its twin train: each by its own clock."""

import numpy as np
import pytest
from conftest import slow

from tfae.callbacks import divergence
from tfae.migration import parity, twins
from tfae.migration.parity import graphs, speed


@pytest.fixture
def images(digits):
    return digits.train.inputs


@pytest.mark.slow
@pytest.mark.parametrize(
    ("program", "phases"),
    [
        slow("leaky_relu_stacked", 1),
        slow("notebook_one_graph", 2),
        slow("notebook_several_graphs", 2),
        ("notebook_classifier", 1),
    ],
)
def test_each_side_has_its_own_time(digits, monkeypatch, program, phases):
    now, calls = [0.0], []

    def legacy_epoch(epochs):
        first = len(calls) % 3 == 0  # which is not counted
        calls.append(epochs._phase)
        now[0] += 1000 if first else 10

    def pass_time(callback, epoch, logs=None):
        now[0] += 2

    monkeypatch.setattr(speed, "FEWEST_STEPS", 20)
    monkeypatch.setattr(speed.time, "perf_counter", lambda: now[0])
    monkeypatch.setattr(speed._LegacyEpochs, "__call__", legacy_epoch)
    monkeypatch.setattr(divergence.StopOnDivergence, "on_epoch_end", pass_time)
    labels = digits.train.labels if twins.TWINS[program].classes else None
    speeds = parity.time_epochs(program, digits.train.inputs, labels, epochs=2)
    assert calls == [phase for phase in range(phases) for _ in range(3)]
    assert speeds.legacy == [[10, 10]] * phases
    assert speeds.keras == [[2, 2]] * phases
    assert speeds.steps >= speed.FEWEST_STEPS


def test_a_legacy_epoch_is_all_steps_of_a_phase(images):
    with graphs.Graphs("notebook_cached", 64, "float32") as made:
        epoch = speed._LegacyEpochs(made, images, None, size=150, steps=12, seed=0)
        for phase, (session, program) in enumerate(made.phases):
            epoch.prepare(phase)
            feeds = {program.inputs: made.inputs_of(phase, images)}
            before = session.run(program.figures["MSE"], feeds)
            epoch()
            assert session.run(program.figures["MSE"], feeds) < before
        power = session.graph.get_tensor_by_name(
            "phase1/beta1_power/Read/ReadVariableOp:0"
        )
        assert session.run(power) == pytest.approx(0.9 ** (1 + 2 * 12))


@pytest.mark.parametrize(
    ("program", "size"), [("models_autoencoder", 128), ("notebook_classifier", 150)]
)
def test_a_legacy_epoch_takes_the_batches_that_its_loop_draws(digits, program, size):
    inputs, targets = digits.train.inputs, digits.train.labels
    taken = []

    def draw(arrays, batch_size, seed):
        assert (batch_size, seed) == (size, 3)
        for batch in graph.draw(arrays, batch_size, seed):
            taken.append(batch)
            yield batch

    with graphs.Graphs(program, 64, "float32") as made:
        ((session, graph),) = made.phases
        made.phases = [(session, graph._replace(draw=draw))]
        labels = targets if graph.targets is not None else None
        epoch = speed._LegacyEpochs(made, inputs, labels, size, steps=20, seed=3)
        epoch.prepare(0)
        arrays = [inputs] if labels is None else [inputs, labels]
        before = np.mean(session.run(graph.loss, graph.feeds(arrays)))
        epoch()
        assert np.mean(session.run(graph.loss, graph.feeds(arrays))) < before
    assert [len(batch[0]) for batch in taken] == [size] * 20
    assert {len(batch) for batch in taken} == {len(arrays)}


def test_the_ratio_is_of_the_quickest_epochs_of_each_phase():
    speeds = parity.Speeds([[10, 90, 11], [4, 4, 9]], [[5, 5, 9], [3, 70, 2]], 100)
    assert speeds.ratios == [2, 2]
    assert speeds.ratio == 2
    assert speeds.milliseconds == ([100, 40], [50, 20])
