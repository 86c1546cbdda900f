"""What files and folders become for a detector: scaled and sized as in training."""

import json

import numpy as np
import PIL.Image
import pytest
from array_files import npz
from image_folders import save

import tfae
from tfae.cli import detect_pieces, detect_report
from tfae.datasets import streams

READING = {"image_size": [8, 8], "skip_unreadable": True}


@pytest.fixture(scope="module")
def of_images():
    """Detectors of grey and of coloured images of 8×8, which are not trained."""
    found = {}
    for channels in (1, 3):
        networks = tfae.networks.convolutional((8, 8, channels), [2], latent_dim=2)
        model = tfae.Autoencoder(*networks)
        model.build((None, 8, 8, channels))
        detector = tfae.Detector(model)
        found[channels] = detector.set_threshold(1.0, np.ones(99))
    return found


@pytest.fixture
def run(tmp_path):
    """Writes what a run records beside a model, and returns the path of that one."""
    (tmp_path / "model.keras").touch()

    def write(full_scale=255, reading=None, columns=None):
        settings = {"name": "a run", "data": "elsewhere", "reading": reading}
        read = {"full_scale": full_scale, "columns": columns}
        metrics = {"settings": settings, "read": read}
        (tmp_path / "metrics.json").write_text(json.dumps(metrics))
        return tmp_path / "model.keras"

    return write


def pieces(*arguments):
    return [*detect_pieces.pieces_of(*arguments)(0)]


def test_grey_images_are_scored_by_a_detector_of_coloured_ones(
    of_images, run, tmp_path
):
    images = save(tmp_path / "grey", count=3, size=(8, 8), channels=1)
    (found,) = pieces(of_images[3], tmp_path / "grey", run())
    np.testing.assert_allclose(found.inputs, np.repeat(images, 3, axis=-1) / 255)
    save(tmp_path / "both", count=3, size=(8, 8), channels=1)
    save(tmp_path / "both" / "z", count=1, size=(8, 8))
    with pytest.raises(ValueError, match=r"grey images.*000\.png, which is coloured"):
        pieces(of_images[1], tmp_path / "both", run())


def test_images_are_resized_and_left_out_as_in_training(
    of_images, run, tmp_path, capsys
):
    save(tmp_path / "new", count=3, size=(5, 9))
    (tmp_path / "new" / "001.png").write_bytes(b"no image")
    (found,) = pieces(of_images[3], tmp_path / "new", run(reading=READING))
    assert found.inputs.shape == (2, 8, 8, 3)
    assert found.names == ["000.png", "002.png"]
    assert "1 files that cannot be read left out" in capsys.readouterr().err
    with pytest.raises(ValueError, match=r"001\.png\. Remove or replace it\.$"):
        pieces(of_images[3], tmp_path / "new", run(reading={"image_size": [8, 8]}))
    (tmp_path / "new" / "001.png").unlink()
    message = r"takes images of 8×8\. Received: 5×9 of .*Resize the images first"
    with pytest.raises(ValueError, match=message):
        pieces(of_images[3], tmp_path / "new", run())


@pytest.mark.parametrize("kept", [True, False])
def test_a_file_that_goes_while_it_is_scored_is_named(
    of_images, run, tmp_path, monkeypatch, kept
):
    monkeypatch.setattr(streams, "KEEP_BELOW", 2**20 if kept else 0)
    save(tmp_path / "new", count=3, size=(8, 8))
    found = detect_pieces.pieces_of(of_images[3], tmp_path / "new", run())(0)
    (tmp_path / "new" / "001.png").unlink()
    if kept:
        assert len(next(found).inputs) == 3
    else:
        with pytest.raises(ValueError, match=r"changed during .*001\.png, which was"):
            next(found)


def test_dark_images_stay_dark(of_images, run, tmp_path, capsys):
    dark = np.random.default_rng(0).integers(0, 2, (3, 8, 8), "uint8")
    np.save(tmp_path / "dark.npy", dark)
    (found,) = pieces(of_images[1], tmp_path / "dark.npy", run(255))
    assert found.max() == np.float32(1 / 255)
    assert "0 and 1 alone: divided by 255" in capsys.readouterr().err
    for full_scale in (1, None):
        (found,) = pieces(of_images[1], tmp_path / "dark.npy", run(full_scale))
        assert found.max() == 1
    (tmp_path / "new").mkdir()
    PIL.Image.fromarray(dark[0]).save(tmp_path / "new" / "0.png")
    (found,) = pieces(of_images[1], tmp_path / "new", run(255))
    assert found.inputs.max() == np.float32(1 / 255)


def test_values_of_another_scale_are_refused(of_images, run, tmp_path, capsys):
    images = np.random.default_rng(0).integers(0, 256, (3, 8, 8), "uint8")
    np.save(tmp_path / "bytes.npy", images)
    np.save(tmp_path / "numbers.npy", images.astype("float32"))
    with pytest.raises(ValueError, match=r"not divided by 255\. Received: bytes"):
        pieces(of_images[1], tmp_path / "bytes.npy", run(1))
    with pytest.raises(ValueError, match=r"in \[0, 1\]\. Received: .*numbers\.npy"):
        pieces(of_images[1], tmp_path / "numbers.npy", run(255))
    assert not capsys.readouterr().err
    pieces(of_images[1], tmp_path / "bytes.npy", run(None))
    assert "bytes.npy holds bytes: divided by 255" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("values", "words"),
    [
        (np.zeros((5, 0)), r"one a row.* \(5, 0\)"),
        (np.zeros((0, 64)), r"one a row.* \(0, 64\)"),
        (np.float64(3), r"one a row.* \(\)"),
        (np.zeros(7), r"one a row.* \(7,\)"),
        (np.array([["a"]]), "numbers"),
    ],
)
def test_arrays_without_examples_are_refused(of_images, run, tmp_path, values, words):
    np.save(tmp_path / "x.npy", values)
    np.savez(tmp_path / "x.npz", x=values)
    for name in ("x.npy", "x.npz"):
        with pytest.raises(ValueError, match=words):
            pieces(of_images[1], tmp_path / name, run())


def test_arrays_of_other_names_are_told(of_images, run, tmp_path):
    npz(x_train=np.zeros((3, 8, 8)), x_test=np.zeros(3))(tmp_path / "x.npz")
    with pytest.raises(ValueError, match=r"named x\. Received: x_train, x_test\."):
        pieces(of_images[1], tmp_path / "x.npz", run())


def test_pieces_hold_fewer_wide_rows(of_images, run, tmp_path, monkeypatch):
    monkeypatch.setattr(detect_pieces, "VALUES", 128)
    np.save(tmp_path / "x.npy", np.zeros((5, 8, 8)))
    found = pieces(of_images[1], tmp_path / "x.npy", run())
    assert [len(one) for one in found] == [2, 2, 1]
    table = {name: [*range(20)] for name in "abcdefgh"}
    encoding = tfae.layers.TableEncoding()
    encoding.adapt(table)
    networks = tfae.networks.dense(encoding.width, [2], output_activation="linear")
    model = tfae.PreprocessedModel(tfae.Autoencoder(*networks), encoding)
    lines = [",".join(table), *(",".join([str(n)] * 8) for n in range(20))]
    (tmp_path / "x.csv").write_text("\n".join(lines) + "\n")
    found = pieces(tfae.Detector(model), tmp_path / "x.csv", run())
    assert [len(one) for one in found] == [16, 4]


def test_a_folder_is_reported_as_a_whole(of_images, run, tmp_path, monkeypatch):
    save(tmp_path / "new" / "inner", count=12, size=(5, 9))
    path = run(reading=READING)
    monkeypatch.setattr(detect_report, "open_detector", lambda path: of_images[3])
    with pytest.raises(ValueError, match="it is unknown which class is normal"):
        detect_report._read(path, str(tmp_path / "new"))
    _, part, told = detect_report._read(path, str(tmp_path / "new" / "inner"))
    assert part.inputs.shape == (12, 8, 8, 3)
    assert told == str(tmp_path / "new" / "inner")


def test_a_stream_is_reported_by_its_test_part(run, tmp_path, monkeypatch):
    np.save(tmp_path / "x.npy", np.random.default_rng(0).random((50, 4)))
    split = tfae.datasets.stream(tmp_path / "x.npy")
    monkeypatch.setattr(
        detect_report, "load_model_and_data", lambda path, data: (None, split, "")
    )
    monkeypatch.setattr(detect_report, "check_detector", lambda model, path: model)
    _, part, told = detect_report._read(run(), str(tmp_path / "x.npy"))
    assert len(part.inputs) == 5
    assert told.endswith("x.npy, test part")
