"""Folders of images that are read as they are asked for."""

import dataclasses
import types

import numpy as np
import PIL.Image
import pytest

import tfae
from tfae import datasets, training
from tfae.datasets import streams


def save(folder, count=40, size=(6, 8), channels=3, suffix=".png", seed=0):
    """Writes images of random bytes; returns them."""
    folder.mkdir(parents=True, exist_ok=True)
    generator = np.random.default_rng(seed)
    images = generator.integers(0, 256, (count, *size, channels), "uint8")
    for index, image in enumerate(images):
        picture = PIL.Image.fromarray(image.squeeze())
        picture.save(folder / f"{index:03}{suffix}")
    return images


@pytest.fixture(params=["in memory", "from files"])
def kept(request, monkeypatch):
    """Once with the bytes of the images in memory, once without."""
    if request.param == "from files":
        monkeypatch.setattr(streams, "KEEP_BELOW", 0)
    return request.param


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


@pytest.fixture(scope="module")
def data_sets(tmp_path_factory):
    """Small data sets of TensorFlow Datasets, by name."""
    import tensorflow_datasets as tfds

    class Pictures(tfds.core.GeneratorBasedBuilder, skip_registration=True):
        VERSION = tfds.core.Version("1.0.0")
        size, kind, parts = (6, 8), "uint8", {"train": 40, "test": 15}

        def _info(self):
            label = tfds.features.ClassLabel(num_classes=3)
            image = tfds.features.Image(shape=(*self.size, 3))
            if self.kind != "uint8":
                image = tfds.features.Tensor(shape=(6, 8, 3), dtype=np.float32)
            features = tfds.features.FeaturesDict({"image": image, "label": label})
            return tfds.core.DatasetInfo(builder=self, features=features)

        def _split_generators(self, manager):
            return {part: self._generate_examples(part) for part in self.parts}

        def _generate_examples(self, part):
            generator = np.random.default_rng(len(part))
            for index in range(self.parts[part]):
                size = [one or 5 + index % 3 for one in self.size]
                image = generator.integers(0, 256, (*size, 3)).astype(self.kind)
                yield index, {"image": image, "label": index % 3}

    changes = {
        "pictures": {},
        "one_part": {"parts": {"everything": 40}},
        "several_sizes": {"size": (None, None)},
        "numbers": {"kind": "float32"},
        "few": {"parts": {"train": 5}},
    }
    folder = tmp_path_factory.mktemp("data_sets")
    return {
        name: type(name, (Pictures,), fields, skip_registration=True)(data_dir=folder)
        for name, fields in changes.items()
    }


@pytest.fixture
def by_name(data_sets, monkeypatch):
    import tensorflow_datasets as tfds

    monkeypatch.setattr(tfds, "builder", data_sets.__getitem__)


@pytest.mark.parametrize("name", ["pictures", "one_part"])
def test_a_data_set_is_split_as_in_memory(by_name, name, kept):
    ours = datasets.stream(name)
    theirs = datasets.load(name, flatten=False)
    assert isinstance(ours.train.inputs, streams.Images)
    assert ours.image_shape == theirs.image_shape == (6, 8, 3)
    for part in ("train", "valid", "test"):
        one, other = getattr(ours, part), getattr(theirs, part)
        np.testing.assert_array_equal(one.inputs[:], other.inputs)
        np.testing.assert_array_equal(one.labels, other.labels)
    batches = [
        datasets.batches(split.train.inputs, 8, seed=3, first_epoch=2)
        for split in (ours, theirs)
    ]
    for one, other in zip(*batches, strict=True):
        np.testing.assert_array_equal(one, other)


def test_a_data_set_of_several_sizes_is_resized_on_request(by_name, kept):
    for read in (datasets.stream, datasets.load):
        with pytest.raises(ValueError, match="several_sizes differ in size"):
            read("several_sizes")
    split = datasets.stream("several_sizes", image_size=(4, 3))
    assert split.train.inputs[:].shape == (36, 4, 3, 3)
    assert split.notes == ("55 images of several_sizes read as 4×3×3, resized.",)


def test_the_most_held_out_is_read(by_name, monkeypatch):
    monkeypatch.setattr(streams, "MOST_HELD_OUT", 3)
    split = datasets.stream("pictures")
    sizes = [len(part.inputs) for part in (split.train, split.valid, split.test)]
    assert sizes == [37, 3, 3]


def test_a_data_set_that_cannot_be_streamed_is_refused(by_name, monkeypatch):
    with pytest.raises(ValueError, match=r"must be bytes .* Received: float32"):
        datasets.stream("numbers")
    with pytest.raises(ValueError, match="at least 10 examples"):
        datasets.stream("few")
    with pytest.raises(ValueError, match=r"Received: skip_unreadable=True for pict"):
        datasets.stream("pictures", skip_unreadable=True)
    monkeypatch.setattr(streams, "KEEP_BELOW", 0)
    monkeypatch.setattr(
        "shutil.disk_usage", lambda folder: types.SimpleNamespace(free=9)
    )
    with pytest.raises(ValueError, match=r"55 images of 6×8×3 take .* Point TMPDIR"):
        datasets.stream("pictures")


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
    with pytest.raises(ValueError, match="Only a folder of images and a data set"):
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
    for change in (
        lambda: datasets.scale(split, "minmax"),
        lambda: datasets.binarize(split, "fixed"),
    ):
        with pytest.raises(ValueError, match="takes data in memory"):
            change()
    with pytest.raises(ValueError, match="not held in memory"):
        np.mean(split.train.inputs)
    with pytest.raises(ValueError, match="cannot be cut or joined"):
        split.train.inputs.reshape(3, 48)
    assert datasets.binarize(split, "dynamic").train.inputs is split.train.inputs


def test_a_run_on_a_stream_is_measured_and_drawn(tmp_path, monkeypatch, eager):
    monkeypatch.setattr(streams, "KEEP_BELOW", 0)  # so that files are read in training
    save(tmp_path / "images" / "a", size=(5, 9))
    save(tmp_path / "images" / "b", size=(7, 5), seed=1)
    recipe = dataclasses.replace(
        tfae.recipes.get("convolutional_digits"),
        data=str(tmp_path / "images"),
        reading={"image_size": (8, 8)},
        epochs=2,
        batch_size=16,
        probes=("knn",),
    )
    run = training.run(recipe, tmp_path / "run", verbose=0)
    figures = run.metrics["figures"]
    assert {"test_mse", "knn_error", "pca_test_mse"} <= set(figures)
    assert run.metrics["settings"]["reading"]["image_size"] == [8, 8]
    given = training.run(
        dataclasses.replace(recipe, data=None, reading=None),
        tmp_path / "again",
        datasets.stream(tmp_path / "images", image_size=(8, 8)),
        verbose=0,
    )
    assert given.metrics["figures"] == figures
    assert given.metrics["settings"]["reading"]["image_size"] == [8, 8]


def recipe_of_stream(name, folder):
    """A recipe of an epoch on the images that it writes into a folder."""
    save(folder, size=(8, 8))
    return dataclasses.replace(
        tfae.recipes.get(name), data=str(folder), reading={}, epochs=1, batch_size=8
    )


def test_a_training_is_not_resumed_on_other_files(tmp_path, no_pictures, eager):
    recipe = recipe_of_stream("convolutional_digits", tmp_path / "images")
    job = training.running.prepare(recipe, tmp_path / "run", verbose=0)
    with training.folder.begin(job.output, job.settings, resume=False) as (begun, _):
        (begun / "history.csv").write_text("")
    (tmp_path / "images" / "007.png").rename(tmp_path / "images" / "999.png")
    with pytest.raises(ValueError, match="has other settings: files="):
        training.run(recipe, tmp_path / "run", resume=True, verbose=0)


def test_a_variational_model_trains_on_a_stream(tmp_path, no_pictures, eager):
    recipe = recipe_of_stream("convolutional_variational_digits", tmp_path / "images")
    run = training.run(recipe, tmp_path / "run", verbose=0)
    assert np.isfinite(run.metrics["figures"]["test_elbo"])


def test_a_file_that_goes_during_training_is_named(tmp_path, monkeypatch, eager):
    monkeypatch.setattr(streams, "KEEP_BELOW", 0)
    save(tmp_path / "images", size=(8, 8))
    split = datasets.stream(tmp_path / "images")
    (tmp_path / "images" / "007.png").unlink()
    recipe = dataclasses.replace(
        tfae.recipes.get("convolutional_digits"), data=None, epochs=1, batch_size=8
    )
    with pytest.raises(ValueError, match=r"changed while .* Received: .*007\.png"):
        training.run(recipe, tmp_path / "run", split, verbose=0)


def test_the_command_streams_and_evaluates_what_it_streamed(call_cli, tmp_path, eager):
    save(tmp_path / "images", size=(9, 11))
    (tmp_path / "images" / "000.png").write_bytes(b"no image")
    options = ("train", "convolutional_digits", "--data", "images", "--epochs", "1")
    result = call_cli(*options, "--batch-size", "16", "--image-size", "8x8")
    assert result.returncode == 2
    assert "000.png" in result.stderr
    assert "--skip-unreadable" in result.stderr
    options += ("--batch-size", "16", "--image-size", "8x8", "--skip-unreadable")
    result = call_cli(*options, "--output", "run")
    assert result.returncode == 0, result.stderr
    assert "39 images of images read as 8×8×3, resized" in result.stdout
    assert "1 files that cannot be read left out" in result.stdout
    save(tmp_path / "others", size=(5, 7))
    for data in ((), ("--data", "images"), ("--data", "others")):
        result = call_cli("evaluate", "run", *data)
        assert result.returncode == 0, result.stderr
        assert "8×8×3, resized" in result.stdout
    result = call_cli("evaluate", "run", "--part", "all")
    assert result.returncode == 2
    assert "Use --part test or --part valid" in result.stderr


@pytest.mark.parametrize("size", ["64", "0x4", "8x8x3", "axb"])
def test_the_command_refuses_other_sizes(call_cli, size):
    result = call_cli("train", "convolutional_digits", "--image-size", size)
    assert result.returncode == 2
    assert f"--image-size takes HEIGHTxWIDTH, such as 64x64. Received: {size}" in (
        result.stderr
    )
