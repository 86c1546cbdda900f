"""Tables: files and frames read, typed, chosen from, split, and read in pieces."""

import json

import numpy as np
import pandas
import polars
import pyarrow
import pyarrow.parquet
import pytest
from table_files import arrow, mixed, write

import tfae
from tfae import datasets
from tfae.datasets import Table

OPTIONS = {"label": "kind", "categories": ["post"]}
KINDS = {
    "mean size": "number",
    "age": "number",
    "member": "boolean",
    "city": "category",
    "post": "code",
}


class Frame:
    """A frame of another library, which hands over its columns by Arrow's C stream."""

    def __init__(self, table):
        self.table = table

    def __arrow_c_stream__(self, requested_schema=None):
        return self.table.__arrow_c_stream__(requested_schema)


def rows_of(part):
    """The rows of a part as a set of tuples, with their labels."""
    columns = [part.inputs.array(name) for name in part.inputs.columns]
    labels = [None] * len(part.inputs) if part.labels is None else part.labels.tolist()
    return [repr(row) for row in zip(*columns, labels, strict=True)]


def text(path, content):
    path.write_text(content)
    return path


@pytest.mark.parametrize("kind", [".csv", ".parquet", "Arrow", "pandas", "polars"])
def test_kinds_of_columns_are_found(tmp_path, kind):
    columns = mixed()
    frames = {
        "Arrow": lambda: Frame(arrow(columns)),
        "pandas": lambda: pandas.DataFrame(columns),
        "polars": lambda: polars.DataFrame(columns),
    }
    if kind in frames:
        source = frames[kind]()
    else:
        source = write(tmp_path / f"data{kind}", columns)
    split = datasets.load(source, **OPTIONS)
    table = split.everything.inputs
    assert table.kinds == KINDS
    assert table.columns == tuple(KINDS)
    assert table.shape == (200, 5)
    assert table.array("member").dtype == "float64"
    assert {*table.array("city")} == {"Ulm", "Bonn", "", "Köln"}
    assert {*table.array("post")} == {"10", "11", "12", "13", "14"}
    expected = np.sort(columns["age"][~np.isnan(columns["age"])])
    ages = table.array("age")
    np.testing.assert_array_equal(np.sort(ages[~np.isnan(ages)]), expected)
    assert split.image_shape is split.example_shape is None


@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
def test_a_table_is_split_at_random_and_alike_every_time(tmp_path, suffix):
    path = write(tmp_path / f"data{suffix}", mixed())
    split = datasets.load(path, 30, **OPTIONS)
    parts = (split.train, split.valid, split.test)
    assert [len(part.inputs) for part in parts] == [150, 30, 20]
    rows = [row for part in parts for row in rows_of(part)]
    assert len({*rows}) == 200
    assert sorted(rows) == sorted(rows_of(split.everything))
    again = datasets.load(path, 30, **OPTIONS)
    assert rows_of(again.train) == rows_of(split.train)
    # The same rows as of an array of as many.
    np.save(tmp_path / "rows.npy", np.arange(400.0).reshape(200, 2))
    order = datasets.load(tmp_path / "rows.npy", 30).everything.inputs[:, 0] / 2
    sizes = mixed()["mean size"][order.astype(int)]
    np.testing.assert_allclose(split.everything.inputs.array("mean size"), sizes)


def test_text_labels_become_integers_in_order_and_keep_their_names(tmp_path):
    columns = mixed()
    split = datasets.load(write(tmp_path / "data.csv", columns), **OPTIONS)
    assert split.train.inputs.label_names == ("faulty", "sound")
    assert split.train.labels.dtype == "int64"
    sizes = dict(zip(columns["mean size"], columns["kind"], strict=True))
    for size, label in zip(
        split.test.inputs.array("mean size"), split.test.labels, strict=True
    ):
        nearest = min(sizes, key=lambda one: abs(one - size))
        assert split.test.inputs.label_names[label] == sizes[nearest]
    assert "0 is faulty, 1 is sound" in split.notes[-1]
    assert "2 of numbers, 1 of booleans, 2 of categories" in split.notes[0]
    numbers = datasets.load(write(tmp_path / "data.csv", columns), label="post")
    assert {*numbers.everything.labels} == {*range(10, 15)}
    assert numbers.train.inputs.label_names is None


@pytest.mark.parametrize("label", ["age", "mean size"])
def test_labels_are_whole_and_there(tmp_path, label):
    path = write(tmp_path / "data.csv", mixed())
    with pytest.raises(ValueError, match=r"`label` must be a column .*Received: .*of "):
        datasets.load(path, label=label)


def test_columns_are_chosen_and_dropped(tmp_path):
    path = write(tmp_path / "data.csv", mixed())
    chosen = datasets.load(path, columns=["city", "age", "kind"], label="kind")
    assert chosen.train.inputs.columns == ("age", "city")
    assert set(chosen.train.inputs.ignored) == {"mean size", "member", "post", "kind"}
    dropped = datasets.load(path, drop="city", label="kind").train.inputs
    assert dropped.columns == ("mean size", "age", "member", "post")
    for name, value in {
        "columns": ["cite"],
        "drop": ["cite"],
        "label": "cite",
        "categories": ["cite"],
    }.items():
        with pytest.raises(ValueError, match=f'`{name}` must name .*Received: "cite"'):
            datasets.load(path, **{name: value})
    with pytest.raises(ValueError, match="none but those left out"):
        datasets.load(path, drop=list(mixed()))
    with pytest.raises(ValueError, match="`drop` must be a list of names"):
        datasets.load(path, drop=[3])
    with pytest.raises(ValueError, match="`label` must be the name of a column"):
        datasets.load(path, label=["kind"])


def test_options_of_tables_are_for_tables():
    with pytest.raises(ValueError, match=r"`label` is for tables\. Received: digits"):
        datasets.load("digits", label="kind")
    table = Table.of(mixed())
    with pytest.raises(ValueError, match="its columns chosen already"):
        datasets.load(table, label="kind")
    assert len(datasets.load(table).everything.inputs) == 200


def test_a_recipe_reads_a_table_again(tmp_path):
    path = write(tmp_path / "data.csv", mixed())
    split = datasets.load(path, 30, **OPTIONS)
    source = json.loads(json.dumps(split.source))
    assert source["reading"] == {"label": "kind", "categories": ["post"]}
    again = datasets.read(source["data"], source["validation"], True, source["reading"])
    assert rows_of(again.valid) == rows_of(split.valid)
    assert again.source == split.source
    assert datasets.load(path).source["reading"] is None
    with pytest.raises(ValueError, match=r"datasets\.load`: columns, .* image_size"):
        datasets.read(path, reading={"image_size": 3})
    with pytest.raises(ValueError, match=r"datasets\.stream`: image_size, .* label"):
        datasets.read(str(tmp_path), reading={"label": "kind"})
    assert datasets.load(Frame(arrow(mixed()))).source is None


def test_rows_of_a_table_are_taken_as_of_an_array():
    table = Table.of(mixed(20))
    array = table.array("mean size")
    for rows in (slice(3, 9), np.array([4, 1]), [2], array > 170, -1):
        taken = table[rows]
        np.testing.assert_array_equal(
            taken.array("mean size"), np.atleast_1d(array[rows])
        )
        assert taken.kinds == table.kinds
    both = table[:5].joined(table[5:])
    assert both.fingerprint() == table.fingerprint()
    assert table[::-1].fingerprint() != table.fingerprint()
    with pytest.raises(ValueError, match=r"A table is not an array.*TableEncoding"):
        np.asarray(table)


def test_the_summary_says_what_columns_hold():
    columns = {"a b": [1, None, 5, 5], "c": ["x", "", "y", "x"], "d": [True, False] * 2}
    assert datasets.summary(Table.of(columns, categories=["c"])) == [
        {"column": "a b", "type": "number", "missing": 1, "values": "1 to 5"},
        {"column": "c", "type": "category", "missing": 1, "values": "2 categories"},
        {"column": "d", "type": "boolean", "missing": 0, "values": "0 to 1"},
    ]


@pytest.mark.parametrize(
    "data",
    [
        [{"a": 1, "b": "x"}, {"a": 2.5, "b": None}, {"a": None, "b": "x"}],
        {"a": np.array([1, 2.5, np.nan]), "b": np.array(["x", None, "x"], object)},
        {"a": [1, 2.5, None], "b": np.array([b"x", b"", b"x"])},
        pyarrow.table({"a": [1, 2.5, None], "b": pyarrow.array(["x", None, "x"])}),
        {
            "a": np.array([1, 2.5, np.nan], "float32"),
            "b": pyarrow.array(["x", None, "x"]).dictionary_encode(),
        },
        {
            "a": pyarrow.array([1, 2.5, None]).dictionary_encode(),
            "b": pyarrow.DictionaryArray.from_arrays(
                pyarrow.array([1, None, 1], "uint8"),
                pyarrow.array(["y", "x"], pyarrow.string_view()),
            ),
        },
    ],
    ids=["rows", "arrays", "bytes", "arrow", "dictionary", "views"],
)
def test_what_users_have_becomes_a_table(data):
    table = Table.of(data, categories=["b"])
    np.testing.assert_array_equal(table.array("a"), [1, 2.5, np.nan])
    assert table.array("b").tolist() == ["x", "", "x"]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ([], "Rows must be a list of dicts"),
        ([{"a": 1}, [2]], "Rows must be a list of dicts"),
        ([{"a": 1}, {"b": 2}], r'"a", "b" not in all of them, as row 1 shows'),
        ([{"a": 1}, {"a": "x"}], 'column "a" must hold one value a row, all of one'),
        ({"a": [1, 2], "b": [1]}, "Columns must have one length"),
        ({"a": 3}, "a single value"),
        ({"a": "text"}, "a single value"),
        ({"a": np.zeros((2, 2))}, 'column "a" must hold one value a row'),
        ({"a": [[1], [2]]}, '"a" must hold texts, and holds list'),
        ({"a": [2**70, 1]}, 'column "a" must hold one value a row'),
        (np.zeros((3, 2)), "a dict of arrays, or a list of dicts. Received: ndarray"),
        (None, "Received: NoneType"),
        ({"a": [None, None]}, '"a" holds no values'),
        ({"a": [np.nan, np.nan]}, '"a" holds no values'),
        ({"a": ["", ""]}, '"a" holds no values'),
        ({"a": [2, 2, None]}, '"a" holds the same number everywhere, 2'),
        ({"a": ["x", "x"]}, '"a" holds the same text everywhere'),
        ({"a": [np.inf, 2]}, '"a" holds numbers that are infinite or beyond 1e.37'),
        ({"a": ["x", "y", "x"]}, "2 different values in 3 rows, such as 'x'"),
        ({"a": np.array(["2020-01-01"] * 3, "M8[D]")}, '"a" holds dates or times'),
        ({"a": ["1", "x\0"] * 2}, '"a" holds NUL bytes'),
        ({"a": ["1", "x\ny"] * 2}, '"a" holds a text of several lines'),
        ({"a": [b"\xe9", b"x"] * 2}, '"a" holds bytes that are not UTF-8'),
        ({"a": ["1", "x" * 10_001] * 2}, '"a" holds a text of 10,001 characters'),
        ({"": [1, 2]}, '"" has no name'),
        ({"a\n": [1, 2]}, "printable names"),
        ({"1": [1, 2], 1: [1, 2]}, '"1" more than once'),
    ],
)
def test_columns_that_cannot_be_used_are_named(data, message):
    with pytest.raises(ValueError, match=message):
        Table.of(data)


def test_all_columns_that_cannot_be_used_are_named_with_a_remedy(tmp_path):
    rows = [f"{n},name {n},2020-01-{1 + n:02},{n % 2},5" for n in range(20)]
    path = text(tmp_path / "data.csv", "\n".join(["a,n,t,b,c", *rows]))
    with pytest.raises(ValueError) as raised:
        datasets.load(path)
    message = str(raised.value)
    assert 'drop=["n", "t", "c"], or declare text by categories=["n"]' in message
    split = datasets.load(path, drop=["t", "c"], categories=["n"])
    assert split.train.inputs.kinds == {"a": "number", "n": "category", "b": "number"}


def test_texts_are_categories_where_they_are_few_or_declared():
    values = [f"text {number}" for number in range(101)] * 2
    with pytest.raises(ValueError, match="101 different values in 202 rows"):
        Table.of({"a": values})
    assert Table.of({"a": values[1:101] * 2}).kinds == {"a": "category"}
    assert Table.of({"a": values}, categories=["a"]).kinds == {"a": "category"}
    assert Table.of({"ab": [1, 2], "a": values[:2]}, "a").kinds["ab"] == "number"
    with pytest.raises(ValueError, match=r'`categories` must name .*Received: "b"'):
        Table.of({"a": values}, categories=["b"])
    many = [f"text {number}" for number in range(10_001)]
    with pytest.raises(ValueError, match="more than 10,000"):
        Table.of({"a": many}, categories=["a"])


def test_whole_numbers_are_categories_where_they_are_declared(tmp_path):
    path = text(tmp_path / "data.csv", "zip,a\n" + "01067,1\n89073,2\n,3\n" * 10)
    table = datasets.load(path, categories=["zip"]).train.inputs
    assert table.kinds["zip"] == "code"
    assert {*table.array("zip")} == {"01067", "89073", ""}
    of_floats = Table.of({"zip": [1.0, 2.0, np.nan]}, categories=["zip"])
    assert of_floats.array("zip").tolist() == ["1", "2", ""]
    of_booleans = Table.of({"zip": [True, False, None]}, categories=["zip"])
    assert of_booleans.array("zip").tolist() == ["true", "false", ""]
    with pytest.raises(ValueError, match="must hold texts or whole numbers"):
        Table.of({"zip": [1.5, 2.0]}, categories=["zip"])


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_the_separator_is_that_of_the_header(tmp_path, separator):
    rows = ["a,b,c", *(f"{n},{n % 3},{n % 5}.5" for n in range(20))]
    content = "\ufeff" + "\r\n".join(rows).replace(",", separator)
    split = datasets.load(text(tmp_path / "data.csv", content))
    assert split.train.inputs.columns == ("a", "b", "c")
    assert split.everything.inputs.array("c").max() == 4.5


def test_an_index_of_pandas_is_no_column(tmp_path):
    told = {"index_columns": ["__index_level_0__"], "columns": []}
    table = arrow(mixed()).append_column("__index_level_0__", [list(range(200))])
    table = table.replace_schema_metadata({"pandas": json.dumps(told)})
    pyarrow.parquet.write_table(table, tmp_path / "data.parquet")
    for source in (tmp_path / "data.parquet", Frame(table)):
        assert datasets.load(source, **OPTIONS).train.inputs.kinds == KINDS


@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
@pytest.mark.parametrize("rows", [7, 64, 1000])
def test_a_file_is_read_in_pieces_of_the_types_of_the_training(
    tmp_path, suffix, rows, monkeypatch
):
    monkeypatch.setattr(datasets.table_files, "BLOCK", 1000)
    columns = mixed()
    # Whole numbers where fractions come later, and no label.
    columns["mean size"][:100] = np.round(columns["mean size"][:100])
    whole = datasets.load(write(tmp_path / f"data{suffix}", columns), **OPTIONS)
    table = whole.train.inputs
    del columns["kind"]
    columns["age"][:] = np.nan
    path = write(tmp_path / f"new{suffix}", dict(reversed(columns.items())))
    pieces = list(datasets.read_chunks(path, table.kinds, rows, table.ignored))
    assert [len(piece) for piece in pieces[:-1]] == [rows] * ((200 - 1) // rows)
    found = pieces[0].joined(*pieces[1:])
    assert found.kinds == KINDS
    for name in KINDS:
        values = columns[name]
        texts = values.astype(str).tolist() if name == "post" else values.tolist()
        if name == "mean size":
            np.testing.assert_allclose(found.array(name), texts)
        else:
            np.testing.assert_array_equal(found.array(name), texts)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("a,b\n1,x\n", 'Received: none named "t"'),
        ("a,b,t,c\n1,x,1,3\n", 'no others. Received: "c"'),
        ("a,b,t,t\n1,x,1,3\n", '"t" more than once'),
        ("a,b,t\n1,x,1\nmany,x,0\n", 'in the column "a": .*CSV conversion .*many'),
        ("a,b,t\n1,x,1\n1,x,2\n", 'in the column "t": .*error to bool'),
        ("b,t,a\nx,1,1\n,1\n", "Expected 3 columns, got 2"),
        ('a,b,t\n1,"x,1\n2,y,0\n', "Expected 3 columns, got 2"),
    ],
)
def test_a_file_of_other_columns_is_refused_by_name(tmp_path, content, message):
    kinds = {"a": "number", "b": "category", "t": "boolean"}
    path = text(tmp_path / "new.csv", content)
    with pytest.raises(ValueError, match=message):
        list(datasets.read_chunks(path, kinds))
    with pytest.raises(ValueError, match="`rows` must be a positive integer"):
        datasets.read_chunks(path, kinds, 0)
    with pytest.raises(ValueError, match="is no file"):
        datasets.read_chunks(tmp_path / "none.csv", kinds)


def test_columns_of_other_types_in_parquet_are_refused_by_name(tmp_path):
    path = tmp_path / "new.parquet"
    for values, kind, message in (
        (["x", "y"], "number", '"a", which must hold numbers, and holds text such as'),
        ([1, 2], "category", '"a", which must hold texts, and holds int64 such as 1'),
        ([1, 2], "boolean", '"a", which must hold booleans, and holds 2'),
        ([1.5, 2], "code", '"a", which must hold texts or whole numbers'),
    ):
        pyarrow.parquet.write_table(pyarrow.table({"a": values}), path)
        with pytest.raises(ValueError, match=message):
            list(datasets.read_chunks(path, {"a": kind}))


def test_a_text_of_several_lines_may_be_left_out(tmp_path, monkeypatch):
    monkeypatch.setattr(datasets.table_files, "BLOCK", 500)
    text_of_lines = '"' + "a line\n" * 10 + '"'
    rows = [f"{n},{text_of_lines if n > 99 else n}" for n in range(200)]
    path = text(tmp_path / "data.csv", "\n".join(["a,note", *rows]))
    expected = datasets.load(path, drop="note").train.inputs
    assert len(expected) == 162
    pieces = datasets.read_chunks(path, expected.kinds, 30, ["note"])
    found = np.concatenate([piece.array("a") for piece in pieces])
    np.testing.assert_array_equal(found, np.arange(200))


def test_columns_that_were_left_out_may_hold_anything(tmp_path):
    path = tmp_path / "new.csv"
    path.write_bytes(b"a,note\n1,2\n2,\xe9\n3,\n")
    (table,) = datasets.read_chunks(path, {"a": "number"}, ignored=["note"])
    assert table.array("a").tolist() == [1, 2, 3]


def test_what_takes_arrays_refuses_a_table(tmp_path):
    split = datasets.load(write(tmp_path / "data.csv", mixed()), **OPTIONS)
    with pytest.raises(ValueError, match="which holds columns of a table"):
        datasets.binarize(split, "threshold")
    with pytest.raises(ValueError, match="which holds columns of a table"):
        datasets.read_queries("new.npy", split)
    with pytest.raises(ValueError, match="A table is not an array"):
        datasets.batches(split.train.inputs, 8)
    assert datasets.as_taken(split, (5,)) is split
    datasets.check_varied(split)
    assert datasets.fingerprint(split) == split.train.inputs.fingerprint()
    model = tfae.Autoencoder(*tfae.networks.dense(5, [2]))
    model.compile("adam", "mse")
    for use in (model.fit, model.evaluate, model.predict, model.check_inputs):
        with pytest.raises(ValueError, match=r"a table of 5 columns\. Encode it by"):
            use(split.train.inputs)
