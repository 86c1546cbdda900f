"""Files and folders of data that somebody has tampered with, or that are none."""

import io
import os
import zipfile

import numpy as np
import pyarrow
import pyarrow.parquet
import pytest
from array_files import npy, npz
from PIL import Image

import tfae

pytestmark = pytest.mark.attacks

TRAIN = ("train", "leaky_relu_digits", "--output", "out", "--data")


def content(data):
    return lambda path: path.write_bytes(data)


def header(shape, dtype="<f4", body=b""):
    """An `.npy` file that declares a shape, whatever it holds."""

    def write(path):
        text = f"{{'descr': '{dtype}', 'fortran_order': False, 'shape': {shape}, }}"
        text = text.ljust(117) + "\n"
        size = len(text).to_bytes(2, "little")
        path.write_bytes(b"\x93NUMPY\x01\x00" + size + text.encode() + body)

    return write


def member(name, data):
    def write(path):
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(name, data)

    return write


def sparse(path):
    with path.open("wb") as file:
        file.truncate(2**36)


def pipe(path):
    os.mkfifo(path)


def loop(path):
    path.symlink_to(path)


def folder(**files):
    def write(path):
        path.mkdir()
        for name, data in files.items():
            (path / name.replace("_", ".")).write_bytes(data)

    return write


def picture(size=(8, 8), kind="png"):
    buffer = io.BytesIO()
    Image.new("L", size).save(buffer, kind)
    return buffer.getvalue()


def pixels_of_a_bomb():
    """A PNG that declares 60,000 × 60,000 pixels."""
    whole = bytearray(picture())
    whole[16:24] = (60_000).to_bytes(4, "big") * 2
    return bytes(whole)


def csv(last, header="a,b", count=20):
    """A CSV file of two columns of numbers with another last row."""
    rows = "".join(f"{index},{index % 7}\n" for index in range(count)).encode()
    return content(header.encode() + b"\n" + rows + last)


def columns_of_numbers(count):
    """A CSV file of so many columns, without holding it twice."""

    def write(path):
        with path.open("w") as file:
            file.write(",".join(map("c{}".format, range(count))) + "\n")
            for _ in range(2):
                file.write("1," * (count - 1) + "2\n")

    return write


def parquet(**columns):
    return lambda path: pyarrow.parquet.write_table(pyarrow.table(columns), path)


MEGABYTES = 30 * 2**20
TABLES = {
    "few.csv": (content(b"a,b\n1,2\n2,1\n"), "at least 10"),
    "empty.csv": (content(b""), "Empty CSV file"),
    "blank.csv": (content(b"\n\n\n"), "Empty CSV file"),
    "header.csv": (content(b"a,b\n"), "must have rows"),
    "one_column.csv": (content(b"a\n" + b"1\n" * 20), "same number everywhere"),
    "bytes.csv": (csv(b"1,\xe9\n"), '"b" holds bytes that are not UTF-8'),
    "header_bytes.csv": (content(b"a\xe9,b\n1,2\n"), "utf-8"),
    "utf16.csv": (content("a,b\n1,2\n".encode("utf-16")), "UTF-16"),
    "short.csv": (csv(b"1\n"), "Expected 2 columns, got 1"),
    "long.csv": (csv(b"1,2,3\n"), "Expected 2 columns, got 3"),
    "twice.csv": (csv(b"", "a,a"), '"a" more than once'),
    "unnamed.csv": (csv(b"", ",a"), "has no name"),
    "nul.csv": (csv(b"1,2\0\n"), '"b" holds NUL bytes'),
    "nul_header.csv": (csv(b"", "a\0,b"), "printable names"),
    "zeros.csv": (content(b"\0" * 2000), ""),
    "large_numbers.csv": (csv(b"1e300,2\n"), "infinite or beyond 1e+37, 1 of them"),
    "infinite.csv": (csv(b"inf,2\n1e400,-inf\n"), "2 of them, such as inf"),
    "words_in_numbers.csv": (csv(b"many,2\n"), '"a" holds text, 21 different'),
    "dates.csv": (content(b"a,b\n" + b"2020-01-01,1\n" * 20), "dates"),
    "times.csv": (content(b"a,b\n" + b"12:30:00,1\n" * 20), "dates or times"),
    "missing.csv": (content(b"a,b\n1,\n2,\n"), '"b" holds no values'),
    "constant.csv": (content(b"a,b\n" + b"1,2\n" * 20), "same number everywhere, 1"),
    "quote.csv": (csv(b'1,"2\n3,4\n'), '"b" holds a text of several lines'),
    "million_columns.csv": (columns_of_numbers(10**6), "at most 10,000 columns"),
    "many_columns.csv": (columns_of_numbers(20_000), "at most 10,000 columns"),
    "long_text.csv": (csv(b"1," + b"x" * 1_000_000 + b"\n"), '"b" holds'),
    "longer_text.csv": (csv(b"1," + b"x" * MEGABYTES + b"\n"), "a row of more than"),
    "long_header.csv": (content(b"x" * MEGABYTES), "names of columns"),
    "sparse.csv": (sparse, ""),
    "pipe.csv": (pipe, "is no file"),
    "loop.csv": (loop, ""),
    "a_folder.csv": (lambda path: path.mkdir(), "holds no images"),
    "cut.parquet": (content(b"PAR1"), "cannot be read as a table"),
    "zeros.parquet": (content(b"PAR1" + bytes(99) + b"PAR1"), "cannot be read"),
    "csv.parquet": (csv(b""), "cannot be read as a table"),
    "lists.parquet": (parquet(a=[[1]] * 20), '"a" must hold texts'),
    "twice.parquet": (
        lambda path: pyarrow.parquet.write_table(
            pyarrow.Table.from_arrays([[1, 2]] * 2, ["a", "a"]), path
        ),
        '"a" more than once',
    ),
    "columns.parquet": (
        parquet(**{f"c{index}": [1] for index in range(10_001)}),
        "at most 10,000 columns",
    ),
}
GOOD = np.linspace(0, 1, 20 * 64, dtype="f4").reshape(20, 64)
ATTACKS = {
    "empty.npy": (content(b""), "empty or damaged"),
    "text.npy": (content(b"1,2,3"), "empty or damaged"),
    "cut.npy": (header((20, 64), body=b"\0" * 100), "damaged"),
    "huge.npy": (header((2**40, 64)), ""),
    "negative.npy": (header((-1, 64)), ""),
    "words.npy": (header("many"), ""),
    "objects.npy": (npy(np.array([{}, {}], object)), "pickled objects"),
    "code.npy": (header((1,), "O", b"cos\nsystem\n(S'touch hacked'\ntR."), "pickled"),
    "strings.npy": (npy(np.array([["a"]] * 20)), "numbers"),
    "dates.npy": (npy(np.zeros((20, 4), "M8[s]")), "numbers"),
    "complex.npy": (npy(np.zeros((20, 4), "c8")), ""),
    "records.npy": (npy(np.zeros(20, [("a", "f4"), ("b", "f4")])), ""),
    "scalar.npy": (npy(np.float32(1)), ""),
    "line.npy": (npy(np.arange(20.0)), "one example a row"),
    "rows.npy": (npy(np.zeros((0, 64))), "at least"),
    "columns.npy": (npy(np.zeros((20, 0))), ""),
    "nan.npy": (npy(np.full((20, 4), np.nan)), "NaN or infinite"),
    "one_nan.npy": (npy(np.where(GOOD[3, 3] == GOOD, np.nan, GOOD)), "row 3"),
    "inf.npy": (npy(np.full((20, 4), -np.inf)), "NaN or infinite"),
    "range.npy": (npy(np.linspace(-2, 2, 80).reshape(20, 4)), "-2 to 2"),
    "float16.npy": (npy(np.full((20, 4), 6e4, "f2")), ""),
    "large.npy": (npy(np.full((20, 4), 1e300)), ""),
    "constant.npy": (npy(np.full((20, 4), 0.5)), "are equal"),
    "alike.npy": (npy(np.tile(GOOD[:1], (20, 1))), "are equal"),
    "empty.npz": (content(b""), "empty or damaged"),
    "no_zip.npz": (content(b"PK\3\4cut"), "empty or damaged"),
    "none.npz": (npz(), "no arrays"),
    "other.npz": (npz(pictures=GOOD), "x_train"),
    "labels_alone.npz": (npz(y_train=np.arange(20)), "x_train"),
    "few_labels.npz": (npz(x_train=GOOD, y_train=np.arange(3)), "3"),
    "parts.npz": (npz(x_train=GOOD, x_test=GOOD[:, :5]), "5"),
    "text_member.npz": (member("x_train.npy", b"hello"), ""),
    "text_named.npz": (member("x_train.txt", b"hello"), ""),
    "climbing.npz": (member("../x_train.npy", b"hello"), ""),
    "object_member.npz": (npz(x_train=np.array([{}], object)), "pickled"),
    "a_folder.npy": (lambda path: path.mkdir(), ""),
    "folder": (lambda path: path.mkdir(), "holds no images"),
    "folder_of_text": (folder(one_txt=b"hello"), ""),
    "broken_image": (folder(one_png=b"\x89PNG cut short"), "cannot be read"),
    "no_image": (folder(one_png=b"hello", two_png=picture()), "cannot be read"),
    "sizes": (folder(one_png=picture(), two_png=picture((9, 9))), "one size"),
    "bomb_of_pixels": (folder(one_png=pixels_of_a_bomb()), "cannot be read"),
    "one_image": (folder(one_png=picture()), "at least"),
    "notes.txt": (content(b"hello"), "neither a folder"),
    **TABLES,
    "pipe.npy": (pipe, ""),
    "loop.npy": (loop, ""),
    "sparse.npy": (sparse, "damaged"),
}


@pytest.mark.parametrize("name", ATTACKS)
def test_data_that_cannot_be_used_are_refused(refuses, tmp_path, name):
    write, words = ATTACKS[name]
    write(tmp_path / name)
    refuses(*TRAIN, name, words=[words])
    with pytest.raises((ValueError, OSError)):
        tfae.run(
            tfae.recipes.get("leaky_relu_digits"),
            tmp_path / "out",
            tfae.datasets.load(tmp_path / name),
            verbose=0,
        )
