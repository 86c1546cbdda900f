"""Data sets: sources, scaling and splitting."""

import keras
import numpy as np
import pytest
import sklearn.datasets

from tfae import datasets


@pytest.fixture
def values():
    return np.random.default_rng(0).random((50, 6)).astype("float32")


def test_digits_are_scaled_split_and_whole(digits):
    sizes = [len(part.inputs) for part in (digits.train, digits.valid, digits.test)]
    assert sizes == [1457, 161, 179]
    assert digits.image_shape == (8, 8, 1)
    everything = digits.everything
    assert (everything.inputs.min(), everything.inputs.max()) == (0, 1)
    assert np.bincount(everything.labels).sum() == 1797


def test_a_split_prints_what_it_holds_instead_of_its_arrays(digits):
    assert str(digits).splitlines() == [
        "Split(",
        "    name='digits', image_shape=(8, 8, 1), full_scale=1,",
        "    train=Part(inputs=(1457, 64) float32 in [0, 1], "
        "labels=(1457,) int64, 10 classes),",
        "    valid=Part(inputs=(161, 64) float32 in [0, 1], "
        "labels=(161,) int64, 10 classes),",
        "    test=Part(inputs=(179, 64) float32 in [0, 1], "
        "labels=(179,) int64, 10 classes),",
        ")",
    ]
    table = datasets.Table.of({"size": [1.0, 2.0], "age": [3.0, 4.0]})
    assert str(datasets.Part(table)) == "Part(inputs=table of 2 rows, 2 columns)"
    texts = datasets.Part(np.array(["a text", "another"], object))
    assert str(texts) == "Part(inputs=(2,) object)"
    assert str(datasets.Part([[1, 2]])) == "Part(inputs=(1, 2) list)"


@pytest.mark.parametrize(
    ("name", "features", "anomalies", "normal"),
    [("breast_cancer", 30, 212, 357), ("wine", 13, 59, 119)],
)
def test_embedded_tables_are_raw_and_label_anomalies_by_1(
    name, features, anomalies, normal
):
    split = datasets.load(name)
    inputs, labels = split.everything
    raw = getattr(sklearn.datasets, f"load_{name}")().data.astype("float32")
    np.testing.assert_array_equal(np.sort(inputs, axis=0), np.sort(raw, axis=0))
    assert inputs.shape == (anomalies + normal, features)
    assert [*np.bincount(labels)] == [normal, anomalies]
    assert (split.image_shape, split.notes) == (None, ())


def test_malignant_tumours_are_the_large_ones_and_the_first_cultivar_has_most_alcohol():
    tumours, malignant = datasets.load("breast_cancer").everything
    alcohol, first = datasets.load("wine").everything
    for values, labels in ((tumours, malignant), (alcohol, first)):
        assert values[labels == 1, 0].mean() > 1.05 * values[labels == 0, 0].mean()


def test_the_split_is_the_same_every_time(digits):
    again = datasets.load("digits")
    np.testing.assert_array_equal(again.test.inputs, digits.test.inputs)
    distinct = np.unique(again.everything.inputs, axis=0)
    assert len(distinct) == len(np.unique(digits.everything.inputs, axis=0))


def test_validation_examples_are_the_last_of_the_training_part(values, tmp_path):
    np.savez(tmp_path / "data.npz", x_train=values[:40], x_test=values[40:])
    split = datasets.load(tmp_path / "data.npz", validation=7)
    np.testing.assert_array_equal(split.train.inputs, values[:33])
    np.testing.assert_array_equal(split.valid.inputs, values[33:40])
    np.testing.assert_array_equal(split.test.inputs, values[40:])


def test_labels_go_with_their_examples(values, tmp_path):
    labels = np.arange(50)
    np.savez(tmp_path / "data.npz", x=values, y=labels)
    split = datasets.load(tmp_path / "data.npz")
    for part in (split.train, split.valid, split.test):
        np.testing.assert_array_equal(values[part.labels], part.inputs)


def test_bytes_are_divided_by_255_and_named(tmp_path):
    images = np.random.default_rng(0).integers(0, 256, (20, 5, 4), "uint8")
    np.save(tmp_path / "images.npy", images)
    split = datasets.load(tmp_path / "images.npy")
    assert split.image_shape == (5, 4, 1)
    expected = np.sort(images.ravel() / np.float32(255))
    np.testing.assert_array_equal(np.sort(split.everything.inputs, None), expected)
    assert "divided by 255" in split.notes[0]


@pytest.mark.parametrize("dtype", ["int64", "uint16", "int8", "float32"])
def test_counts_are_left_alone_with_a_note_on_scaling(dtype, tmp_path):
    counts = np.arange(120).reshape(20, 6) % 12
    np.save(tmp_path / "counts.npy", counts.astype(dtype))
    split = datasets.load(tmp_path / "counts.npy")
    assert set(split.everything.inputs.ravel()) == {*range(12)}
    (note,) = split.notes
    assert "whole numbers from 0 to 11, left as they are" in note
    for way in ("uint8", 'scaling="minmax"', "tfae.PreprocessedModel"):
        assert way in note


def test_bytes_to_train_on_need_bytes_to_test_on(tmp_path):
    bytes_ = np.full((20, 3), 200, "uint8")
    np.savez(tmp_path / "data.npz", x_train=bytes_, x_test=bytes_ / 255)
    with pytest.raises(ValueError, match=r"Received: uint8 and float64\. Cast"):
        datasets.load(tmp_path / "data.npz")


@pytest.mark.parametrize("shift", [-3.0, 300.0])
def test_other_values_are_left_alone(values, tmp_path, shift):
    np.save(tmp_path / "data.npy", values + shift)
    split = datasets.load(tmp_path / "data.npy")
    assert split.notes == ()
    assert set(split.everything.inputs.ravel()) == set((values + shift).ravel())


def test_binary_values_are_not_taken_for_bytes(tmp_path):
    np.save(tmp_path / "data.npy", np.eye(20, dtype="uint8"))
    assert datasets.load(tmp_path / "data.npy").everything.inputs.max() == 1


def test_images_keep_their_shape_on_request(tmp_path):
    np.save(tmp_path / "data.npy", np.zeros((20, 5, 4, 3)))
    split = datasets.load(tmp_path / "data.npy", flatten=False)
    assert split.train.inputs.shape[1:] == (5, 4, 3)


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("folders", [("",), ("cats", "dogs")])
def test_a_folder_of_images(tmp_path, folders, channels):
    pixels = np.random.default_rng(0).integers(0, 256, (12, 9, 7, channels))
    for index, image in enumerate(pixels):
        folder = tmp_path / folders[index % len(folders)]
        folder.mkdir(exist_ok=True)
        keras.utils.save_img(folder / f"{index}.png", image, scale=False)
    split = datasets.load(tmp_path)
    assert split.image_shape == (9, 7, channels)
    assert "9×7" in split.notes[0]
    found = {tuple(np.round(x * 255).astype(int)) for x in split.everything.inputs}
    assert found == {tuple(image.ravel()) for image in pixels}
    labels = split.everything.labels
    assert labels is None if folders == ("",) else sorted(set(labels)) == [0, 1]


@pytest.mark.parametrize(
    ("array", "message"),
    [
        (np.full((20, 3), np.nan), "NaN or infinite"),
        (np.full((20, 3), np.inf), "NaN or infinite"),
        (np.zeros(20), "one example a row"),
        (np.zeros((3, 3)), "at least 10 examples"),
        (np.zeros((20, 0)), "at least 10 examples"),
        (np.array([["a"] * 3] * 20), "must hold numbers"),
        (np.zeros((20, 3), "complex64"), "must hold numbers"),
    ],
)
def test_arrays_that_cannot_be_trained_on(tmp_path, array, message):
    np.save(tmp_path / "data.npy", array)
    with pytest.raises(ValueError, match=message):
        datasets.load(tmp_path / "data.npy")


def test_without_validation_examples_all_are_trained_on():
    split = datasets.load("digits", validation=0)
    other = datasets.load("digits")
    assert len(split.train.inputs) == len(other.train.inputs) + len(other.valid.inputs)
    np.testing.assert_array_equal(split.valid.inputs, split.test.inputs)
    np.testing.assert_array_equal(split.test.inputs, other.test.inputs)


def test_validation_must_leave_something_to_train_on():
    with pytest.raises(ValueError, match="Choose a smaller validation part"):
        datasets.load("digits", validation=5000)


def test_unknown_arrays_in_a_file_are_named(tmp_path):
    np.savez(tmp_path / "data.npz", pictures=np.zeros((20, 3)))
    with pytest.raises(ValueError, match="Received: pictures"):
        datasets.load(tmp_path / "data.npz")


def test_one_label_an_example(values, tmp_path):
    np.savez(tmp_path / "data.npz", x=values, y=np.arange(3))
    with pytest.raises(ValueError, match="one label an example"):
        datasets.load(tmp_path / "data.npz")


def test_a_text_data_set_is_not_an_image_data_set():
    with pytest.raises(ValueError, match="not an image data set"):
        datasets.load("ag_news_subset")


@pytest.mark.parametrize("shape", [(3, 8, 8), (8, 1), (8, 8, 2), (1, 8)])
def test_not_every_array_of_rank_3_or_4_holds_images(tmp_path, shape):
    np.save(tmp_path / "data.npy", np.zeros((20, *shape)))
    assert datasets.load(tmp_path / "data.npy").image_shape is None


def test_test_examples_have_the_shape_of_the_training_examples(tmp_path):
    np.savez(tmp_path / "data.npz", x_train=np.zeros((20, 4)), x_test=np.ones((20, 5)))
    with pytest.raises(ValueError, match=r"training examples' shape, \(4,\)"):
        datasets.load(tmp_path / "data.npz")


def test_labels_of_one_part_alone_are_no_labels_of_everything(values, tmp_path):
    np.savez(tmp_path / "data.npz", x_train=values, y_train=range(50), x_test=values)
    split = datasets.load(tmp_path / "data.npz")
    assert split.train.labels is not None
    assert split.everything.labels is None


def test_ten_examples_are_enough(tmp_path):
    np.save(tmp_path / "data.npy", np.random.default_rng(0).random((10, 3)))
    split = datasets.load(tmp_path / "data.npy")
    sizes = [len(part.inputs) for part in (split.train, split.valid, split.test)]
    assert sizes == [8, 1, 1]


def test_values_beyond_float32_are_refused(tmp_path):
    np.save(tmp_path / "data.npy", np.full((20, 3), 1e300))
    with pytest.raises(ValueError, match="NaN or infinite"):
        datasets.load(tmp_path / "data.npy")


def test_any_damage_to_a_file_is_one_error(values, tmp_path):
    np.savez_compressed(tmp_path / "whole.npz", x=np.tile(values, (20, 1)))
    whole = bytearray((tmp_path / "whole.npz").read_bytes())
    damaged = tmp_path / "damaged.npz"
    for position in range(60, len(whole) - 200, len(whole) // 40):
        spoilt = whole.copy()
        spoilt[position] ^= 0xFF
        damaged.write_bytes(spoilt)
        with pytest.raises(ValueError, match="damaged and was not read"):
            datasets.load(damaged)


def test_the_classes_of_a_folder_keep_their_names(tmp_path):
    for index in range(20):
        folder = tmp_path / ("owls", "cats")[index % 2]
        folder.mkdir(exist_ok=True)
        image = np.full((4, 4, 1), 100 * (index % 2))
        keras.utils.save_img(folder / f"{index}.png", image, scale=False)
    for split in (datasets.load(tmp_path), datasets.stream(tmp_path)):
        assert split.label_names == ("cats", "owls")
        assert "Labels: 0 is cats, 1 is owls." in split.notes
        inputs, labels = split.test
        dark = inputs.reshape(len(inputs), -1).max(axis=1) == 0
        assert (split.named(labels) == np.where(dark, "owls", "cats")).all()


def test_classes_without_names_keep_their_numbers(digits):
    assert digits.named([3, 5]).tolist() == [3, 5]


def test_labels_that_no_name_stands_for_keep_their_numbers():
    split = datasets.load("breast_cancer")
    assert split.named([0, 1]).tolist() == ["benign", "malignant"]
    assert split.named([-1, 1]).tolist() == [-1, 1]
    assert split.feature_names[0] == "mean radius"


def test_the_only_array_of_a_file_needs_no_name(values, tmp_path):
    np.savez(tmp_path / "data.npz", values)
    split = datasets.load(tmp_path / "data.npz")
    np.testing.assert_array_equal(
        np.sort(split.everything.inputs, 0), np.sort(values, 0)
    )
    assert split.notes == (
        f"{tmp_path / 'data.npz'} holds one array, arr_0, which is taken for x.",
    )


def test_several_arrays_need_names(values, tmp_path):
    np.savez(tmp_path / "data.npz", values, values)
    with pytest.raises(ValueError, match=r"x or x_train\. Received: arr_0, arr_1"):
        datasets.load(tmp_path / "data.npz")


@pytest.mark.parametrize(
    ("shape", "scale", "image_shape", "words"),
    [
        ((50, 6), 1, (50, 6, 1), ["grey images", "image_shape=False"]),
        ((50, 6), 2, None, ["series of 6 features", "image_shape=(50, 6)"]),
        ((64,), 1, None, ["drawn as curves", "image_shape=(8, 8)"]),
        ((64,), 2, None, []),
        ((63,), 1, None, []),
        ((8, 8, 3), 1, (8, 8, 3), []),
    ],
)
def test_what_is_an_image_is_told(shape, scale, image_shape, words, tmp_path):
    values = scale * np.random.default_rng(0).random((20, *shape))
    np.save(tmp_path / "data.npy", values)
    for function in (datasets.load, datasets.stream):
        split = function(tmp_path / "data.npy", flatten=True)
        assert split.image_shape == image_shape
        notes = " ".join(split.notes[-1:]) if words else ""
        for word in words:
            assert word in notes


@pytest.mark.parametrize("flatten", [True, False])
def test_the_shape_of_flat_images_can_be_told(flatten, tmp_path):
    values = np.random.default_rng(0).random((20, 48)).astype("float32")
    np.save(tmp_path / "data.npy", values)
    reading = {"image_shape": [4, 12]}
    for split in (
        datasets.load(tmp_path / "data.npy", flatten=flatten, image_shape=(4, 12)),
        datasets.stream(tmp_path / "data.npy", flatten=flatten, image_shape=(4, 12)),
        datasets.read(tmp_path / "data.npy", flatten=flatten, reading=reading),
    ):
        assert split.image_shape == split.example_shape == (4, 12, 1)
        assert split.test.inputs.shape[1:] == ((48,) if flatten else (4, 12, 1))
        assert split.source["reading"]["image_shape"] == [4, 12]
        assert not any("curves" in note for note in split.notes)


def test_images_can_be_told_to_be_none(tmp_path):
    np.save(tmp_path / "data.npy", np.zeros((20, 5, 4)) + np.eye(20)[:, :1, None])
    assert datasets.load(tmp_path / "data.npy", image_shape=False).image_shape is None
    split = datasets.load(tmp_path / "data.npy")
    assert datasets.drawn_as(split, (4, 5)).image_shape == (4, 5, 1)
    assert datasets.drawn_as(split, False).image_shape is None


@pytest.mark.parametrize("source", ["wine.csv", "notes"])
def test_tables_and_texts_have_no_shape_of_an_image(source, tmp_path):
    if source == "notes":
        (tmp_path / source).mkdir()
        for index in range(10):
            (tmp_path / source / f"{index}.txt").write_text("words")
    else:
        (tmp_path / source).write_text("a,b\n" + "1,2\n3,4\n" * 10)
    with pytest.raises(ValueError, match="is for arrays of numbers"):
        datasets.load(tmp_path / source, image_shape=(1, 2))


def test_values_far_from_one_are_told():
    note = datasets.far_from_one_note(np.array([[0.0, -2e8]]))
    assert "as large as 2e+08" in note and 'scaling="standard"' in note
    assert datasets.far_from_one_note(np.ones((2, 2))) is None
    assert datasets.far_from_one_note(np.array(["a text"])) is None


@pytest.mark.parametrize(
    ("count", "batch_size", "said"),
    [
        (
            162,
            64,
            "Training uses whole batches only, so each epoch skips 34 of 162 "
            "examples: batch_size=54 skips none.",
        ),
        (
            163,
            64,
            "Training uses whole batches only, so each epoch skips 35 of 163 "
            "examples: batch_size=54 skips 1.",
        ),
        (1457, 64, None),  # 49, which is little
        (50, 64, None),  # one batch of all
        (128, 64, None),
    ],
)
def test_what_whole_batches_leave_out_is_told(count, batch_size, said):
    found = datasets.left_out_note(count, batch_size)
    assert found == said
    batches = datasets.batches(np.zeros((count, 1)), batch_size, drop_remainder=True)
    kept = sum(len(batch) for batch in batches)
    assert (count - kept >= 0.05 * count) == (said is not None)
