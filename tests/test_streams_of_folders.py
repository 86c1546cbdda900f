"""Folders of images that are read as they are asked for."""

import numpy as np
import PIL.Image
import pytest
from image_folders import save

from tfae import datasets
from tfae.datasets import streams


def test_a_stream_is_split_as_the_same_folder_in_memory(tmp_path, kept):
    for name in ("cats", "dogs"):
        save(tmp_path / name, seed=len(name) + ord(name[0]))
    stream = datasets.stream(tmp_path)
    whole = datasets.load(tmp_path, flatten=False)
    assert stream.train.inputs.from_files == (kept == "from files")
    assert stream.train.inputs.shape == whole.train.inputs.shape
    assert stream.image_shape == whole.image_shape == (6, 8, 3)
    np.testing.assert_array_equal(stream.train.inputs[:], whole.train.inputs)
    np.testing.assert_array_equal(stream.train.inputs[3], whole.train.inputs[3])
    np.testing.assert_array_equal(
        stream.train.inputs[[5, 2]], whole.train.inputs[[5, 2]]
    )
    for name in ("valid", "test"):
        ours, theirs = getattr(stream, name), getattr(whole, name)
        np.testing.assert_array_equal(ours.inputs, theirs.inputs)
    for name in ("train", "valid", "test"):
        ours, theirs = getattr(stream, name), getattr(whole, name)
        np.testing.assert_array_equal(ours.labels, theirs.labels)
    flat = datasets.stream(tmp_path, flatten=True).train.inputs
    np.testing.assert_array_equal(flat[:4], whole.train.inputs[:4].reshape(4, -1))


def test_batches_are_those_of_the_array_and_go_on_at_an_epoch(tmp_path, kept):
    save(tmp_path)
    stream = datasets.stream(tmp_path).train.inputs
    array = datasets.load(tmp_path, flatten=False).train.inputs
    options = {"batch_size": 8, "seed": 3, "drop_remainder": True}
    ours, theirs = (datasets.batches(one, **options) for one in (stream, array))
    for _ in range(2):
        for one, other in zip(ours, theirs, strict=True):
            np.testing.assert_array_equal(one, other)
    resumed = datasets.batches(stream, **options, first_epoch=2)
    for one, other in zip(resumed, theirs, strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize(
    ("mode", "suffix", "channels"),
    [
        *(("L", ".png", 1), ("RGB", ".png", 3), ("RGBA", ".png", 3), ("P", ".png", 3)),
        *(("L", ".jpg", 1), ("RGB", ".jpeg", 3), ("RGB", ".bmp", 3), ("1", ".png", 1)),
    ],
)
def test_pictures_of_many_kinds_are_read(tmp_path, mode, suffix, channels):
    generator = np.random.default_rng(0)
    pixels = generator.integers(0, 256, (12, 16, 16, 3), "uint8")
    for index, image in enumerate(pixels):
        picture = PIL.Image.fromarray(image).convert(mode)
        picture.save(tmp_path / f"{index:02}{suffix}")
    images = datasets.stream(tmp_path).train.inputs[:]
    assert images.shape[1:] == (16, 16, channels)
    if mode in ("RGB", "RGBA") and suffix == ".png":
        known = {image.tobytes() for image in pixels}
        assert {np.round(255 * x).astype("uint8").tobytes() for x in images} <= known


def test_sixteen_bits_become_eight(tmp_path):
    values = np.linspace(0, 65535, 64).astype("uint16").reshape(8, 8)
    for index in range(12):
        PIL.Image.fromarray(values).save(tmp_path / f"{index:02}.png")
    images = datasets.stream(tmp_path).train.inputs[:]
    assert images.shape[1:] == (8, 8, 1)
    np.testing.assert_allclose(images[0, ..., 0], values / 65535, atol=1 / 255)


def test_zeros_and_ones_are_left_as_they_are(tmp_path, kept):
    bits = np.random.default_rng(0).integers(0, 2, (12, 6, 6), "uint8")
    for index, image in enumerate(bits):
        PIL.Image.fromarray(image).save(tmp_path / f"{index:02}.png")
    found = [datasets.stream(tmp_path), datasets.load(tmp_path, flatten=False)]
    for split in found:
        assert split.train.inputs[:].max() == 1


def test_what_is_no_image_is_left_out_and_counted(tmp_path):
    for name in ("a", "b"):
        save(tmp_path / name, count=8)
    save(tmp_path / ".thumbnails", count=3)
    (tmp_path / "a" / "._000.png").write_bytes(b"no image")
    (tmp_path / "b" / "notes.txt").write_text("no image")
    (tmp_path / "c.png").mkdir()
    split = datasets.stream(tmp_path)
    assert len(split.train.inputs) == 16 - 1 - 1
    np.testing.assert_array_equal(np.unique(split.train.labels), [0, 1])
    assert split.notes[1] == "Files of other types left out: 1 .txt."
    save(tmp_path, count=1)
    split = datasets.stream(tmp_path)
    assert split.train.labels is None
    assert "No labels, since 1 of the images lie in no subfolder" in split.notes[2]


def test_what_is_held_in_memory_has_a_bound(tmp_path, kept, monkeypatch):
    save(tmp_path, count=60)
    monkeypatch.setattr(streams, "HELD_OUT_BYTES", 3 * 6 * 8 * 3 * 4)
    split = datasets.stream(tmp_path)
    assert [len(part.inputs) for part in (split.valid, split.test)] == [3, 3]


def test_grey_and_coloured_images_together_are_coloured(tmp_path):
    save(tmp_path, channels=1)  # the first of them
    save(tmp_path / "z", count=5)
    assert datasets.stream(tmp_path).image_shape == (6, 8, 3)


def test_images_of_several_sizes_are_resized_on_request(tmp_path, kept):
    save(tmp_path)
    save(tmp_path / "others", count=3, size=(9, 5))
    with pytest.raises(ValueError, match=r"must have one size, 6×8 .* Received: 9×5"):
        datasets.stream(tmp_path)
    with pytest.raises(ValueError, match="must have one size"):
        datasets.load(tmp_path)
    split = datasets.stream(tmp_path, image_size=(4, 3))
    assert split.train.inputs[:].shape == (len(split.train.inputs), 4, 3, 3)
    assert "resized" in split.notes[0]


def test_a_file_that_cannot_be_read_is_named_or_left_out(tmp_path, kept):
    save(tmp_path)
    whole = (tmp_path / "007.png").read_bytes()
    (tmp_path / "007.png").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "039.png").write_bytes(b"")
    for read in (datasets.stream, datasets.load):
        with pytest.raises(ValueError, match=r"cannot be read: .*007\.png"):
            read(tmp_path)
    split = datasets.stream(tmp_path, skip_unreadable=True)
    assert (
        sum(len(part.inputs) for part in (split.train, split.valid, split.test)) == 38
    )
    assert "2 files that cannot be read" in split.notes[1]
    assert "007.png" in split.notes[1]


def test_what_is_no_folder_of_images_is_refused(tmp_path):
    with pytest.raises(ValueError, match=r"Only a folder of images, an \.npy file"):
        datasets.stream("digits")
    with pytest.raises(ValueError, match="holds no images"):
        datasets.stream(tmp_path)
    save(tmp_path / "one", count=1)
    with pytest.raises(ValueError, match="at least 10 examples"):
        datasets.stream(tmp_path / "one")
    save(tmp_path / "some")
    for size in ((0, 4), (4,), "64"):
        with pytest.raises(ValueError, match="`image_size` must be"):
            datasets.stream(tmp_path / "some", image_size=size)
    with pytest.raises(ValueError, match="`validation` must be between 1 and 35"):
        datasets.stream(tmp_path / "some", validation=36)
    with pytest.raises(ValueError, match="`validation` must be a positive integer"):
        datasets.stream(tmp_path / "some", validation=2.5)
    with pytest.raises(
        ValueError, match=r"`reading` holds arguments .* Received: size"
    ):
        datasets.read(tmp_path / "some", reading={"size": 3})
    (tmp_path / "none").mkdir()
    for index in range(3):
        (tmp_path / "none" / f"{index}.png").write_bytes(b"no image")
    with pytest.raises(ValueError, match="None of the 3 images"):
        datasets.stream(tmp_path / "none", skip_unreadable=True)


def test_what_needs_all_images_at_once_is_refused(tmp_path):
    save(tmp_path)
    split = datasets.stream(tmp_path)
    with pytest.raises(ValueError, match="takes data in memory"):
        datasets.binarize(split, "fixed")
    with pytest.raises(ValueError, match="not held in memory"):
        np.mean(split.train.inputs)
    with pytest.raises(ValueError, match="cannot be cut or joined"):
        split.train.inputs.reshape(3, 48)
    assert datasets.binarize(split, "dynamic").train.inputs is split.train.inputs


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"path": "none"}, "is not a folder"),
        ({"path": None}, "have no name"),
        ({"image_size": (0, 4)}, "`image_size` must be"),
        ({"image_size": (10**5, 10**5)}, "memory holds by the hundred"),
        ({"skip_unreadable": "yes"}, "skip_unreadable"),
        ({"full_scale": 1}, "not divided by 255"),
        ({"example_shape": (6, 8, 1)}, "takes grey images"),
        ({"example_shape": (6, 9, 3)}, "takes images of 6×9"),
    ],
)
def test_images_are_read_by_what_can_be(tmp_path, options, words):
    save(tmp_path / "some", count=2)
    with pytest.raises(ValueError, match=words):
        datasets.read_images(**{"path": tmp_path / "some", **options})


def test_splits_tell_what_became_1(tmp_path):
    save(tmp_path / "images")
    for split in (datasets.stream(tmp_path / "images"), datasets.load("digits")):
        assert split.full_scale == (1 if split.name == "digits" else 255)
    np.save(tmp_path / "x.npy", np.random.default_rng(0).integers(0, 9, (20, 3), "u1"))
    assert datasets.load(tmp_path / "x.npy").full_scale == 255
