"""Data of texts: folders, 20 Newsgroups, and what tools make of them."""

import dataclasses

import keras
import numpy as np
import pytest
import sklearn
from topics import texts_of_topics

import tfae
from tfae import datasets, reporting, training
from tfae.evaluation import probes
from tfae.recipes import Recipe, building
from tfae.reporting import maps

TEXTS, LABELS = texts_of_topics(80)


@pytest.mark.slow
def test_a_recipe_trains_on_a_folder_of_texts(tmp_path):
    for part, count in (("train", 60), ("test", 20)):
        for index, (text, label) in enumerate(zip(TEXTS, LABELS, strict=True)):
            if index < count:
                file = tmp_path / "news" / part / f"topic {label}" / f"{index}.txt"
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(text)
    (tmp_path / "news" / "test" / "topic 0" / "0.txt").write_bytes(b"caf\xe9 apple")
    split = datasets.load(tmp_path / "news")
    assert [len(part.inputs) for part in (split.train, split.valid)] == [54, 6]
    assert split.test.inputs[0] == "café apple"
    # Folders are read in order, but the validation part is not of the last topic.
    assert {*split.train.labels} == {0, 1, 2, 3}
    assert len({*split.valid.labels}) > 1
    assert np.array_equal(datasets.load(tmp_path / "news").valid, split.valid)
    with pytest.raises(ValueError, match="Received: texts"):
        tfae.networks.dense(split.example_shape, [4])
    assert "1 of them are not UTF-8, and were read as Latin-1." in split.notes
    recipe = Recipe(
        name="topics",
        summary="",
        source="",
        model="TextAutoencoder",
        network="bag_of_words",
        network_arguments={"hidden_units": (4,), "words": 30},
        loss="MultinomialCrossentropy",
        batch_size=18,
        epochs=2,
        jit_compile=False,
        probes=("knn",),
    )
    run = training.run(recipe, tmp_path / "run", split, verbose=0)
    assert {"test_loss", "knn_error"} <= set(run.metrics["figures"])
    assert "figures/codes.png" in {
        str(file.relative_to(tmp_path / "run")) for file in run.files
    }
    with pytest.raises(ValueError, match="which holds texts"):
        building.preprocessing(dataclasses.replace(recipe, scaling="standard"), split)
    with pytest.raises(ValueError, match="which holds texts"):
        datasets.binarize(split, "threshold")


def test_newsgroups_are_downloaded_or_named(monkeypatch):
    def fetch(subset, remove):
        names = ["fruits", "days", "others", "more"]
        return sklearn.utils.Bunch(
            data=TEXTS.tolist(), target=LABELS, target_names=names
        )

    monkeypatch.setattr(sklearn.datasets, "fetch_20newsgroups", fetch)
    split = datasets.load("newsgroups", 10)
    assert [len(split.train.inputs), len(split.test.inputs)] == [70, 80]

    def fail(subset, remove):
        raise OSError("no network")

    monkeypatch.setattr(sklearn.datasets, "fetch_20newsgroups", fail)
    with pytest.raises(ValueError, match="newsgroups could not be downloaded"):
        datasets.load("newsgroups")


def test_tools_for_numbers_leave_texts_out(tmp_path):
    model = tfae.TextAutoencoder(*tfae.networks.bag_of_words((), [6, 3], words=50))
    model.adapt(TEXTS)
    model.build((None,))
    part = datasets.Part(TEXTS, LABELS)
    split = datasets.Split("topics", part, part, part)
    assert "jacobian" not in probes.of(model, split)
    figures = probes.measure(model, split, probes.of(model, split))
    assert {"knn_error", "mean_activation"} <= set(figures)
    names = reporting.compare({"one": model, "other": model}, split, tmp_path)
    assert names == ["figures/activations.png"]
    _, found, rows = maps.draw({"codes": model}, part, ["pca"])
    assert found["codes: pca"].shape == (80, 2)
    assert rows[0]["trustworthiness"] > 0.8
    with pytest.raises(ValueError, match="Leave `inputs` out"):
        maps.draw({"inputs": None}, part, ["pca"])


def test_a_folder_of_images_may_have_a_text_beside_them(tmp_path):
    for index in range(12):
        file = tmp_path / "photos" / "one" / f"{index}.png"
        file.parent.mkdir(parents=True, exist_ok=True)
        image = np.full((4, 4, 1), index, "uint8")
        keras.utils.save_img(file, image, scale=False)
        file.with_suffix(".txt").write_text("a caption")
    (tmp_path / "photos" / "README.md").write_text("Photos.")
    assert datasets.load(tmp_path / "photos").train.inputs.shape[1:] == (16,)


def test_a_text_beside_folders_of_classes_is_left_out(tmp_path):
    for index, text in enumerate(TEXTS[:20]):
        file = tmp_path / "news" / f"topic {index % 2}" / f"{index}.txt"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-16" if index % 4 else "utf-8-sig")
    (tmp_path / "news" / "README.txt").write_text("Two topics.")
    split = datasets.load(tmp_path / "news")
    everything = split.everything
    assert set(everything.inputs) == set(TEXTS[:20])
    assert set(everything.labels) == {0, 1}
    assert "1 texts of" in split.notes[0]


def test_a_folder_may_have_a_training_part_only(tmp_path):
    for index, text in enumerate(TEXTS[:40]):
        file = tmp_path / "train" / f"topic {index % 4}" / f"{index}.txt"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    assert {*datasets.load(tmp_path).everything.labels} == {0, 1, 2, 3}


def test_other_folders_of_texts_are_refused(tmp_path):
    for part, topic in (("train", "one"), ("test", "other")):
        for index in range(12):
            file = tmp_path / part / topic / f"{index}.txt"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text("some words")
    with pytest.raises(ValueError, match="the same classes in train and test"):
        datasets.load(tmp_path)
    with pytest.raises(ValueError, match="at least 10 examples"):
        (tmp_path / "few").mkdir()
        (tmp_path / "few" / "one.txt").write_text("one")
        datasets.load(tmp_path / "few")


def test_a_run_is_not_resumed_on_other_texts(tmp_path):
    part = datasets.Part(TEXTS, LABELS)
    splits = [
        datasets.Split("topics", datasets.Part(texts, LABELS), part, part)
        for texts in (TEXTS, TEXTS[::-1].copy())
    ]
    first, other = map(datasets.fingerprint, splits)
    assert first != other
