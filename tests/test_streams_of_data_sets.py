"""Data sets of TensorFlow Datasets that are read as they are asked for."""

import types

import numpy as np
import pytest

from tfae import datasets
from tfae.datasets import streams


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
