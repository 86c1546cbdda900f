"""Tables as numbers of one scale, beside scikit-learn, saved, and served."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from c_runner import runner
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, OneHotEncoder, StandardScaler
from table_files import arrow, mixed

from tfae.datasets import Table
from tfae.export import servability, warm_up
from tfae.layers import TableEncoding
from tfae.layers.learned_columns import input_names


def table(count=200, seed=0):
    columns = mixed(count, seed)
    del columns["kind"]
    return Table.of(columns, categories=["post"])


@pytest.fixture
def encoding():
    layer = TableEncoding()
    layer.adapt(table())
    return layer


def encoded(layer, data):
    return np.array(layer(layer.rows(data)))


def hard_rows():
    """Rows of all that may come: missing and infinite numbers, new categories."""
    return {
        "mean size": [np.nan, np.inf, -np.inf, 1e300, 170.0],
        "age": [30.0, np.nan, 1e-300, -5.0, 3e38],
        "member": [True, None, False, True, None],
        "city": ["Ulm", "", "ulm", "Ulm ", "日本"],
        "post": ["10", "99", "", "010", "14"],
    }


@pytest.mark.parametrize("scaling", ["standard", "minmax"])
def test_features_are_those_of_scikit_learn(scaling):
    train, new = table(), table(50, seed=1)
    layer = TableEncoding(scaling=scaling)
    layer.adapt(train)
    scaler = {"standard": StandardScaler, "minmax": MinMaxScaler}[scaling]

    def values(of):
        return np.column_stack([of.array(name) for name in of.columns]).astype(object)

    # Scikit-learn scales before it imputes, since it ignores what is missing there.
    numbers = make_pipeline(scaler(), SimpleImputer(add_indicator=True))
    texts = OneHotEncoder(
        categories=[[*one.categories] for one in layer.columns[3:]],
        handle_unknown="ignore",
    )
    transformer = ColumnTransformer(
        [("n", numbers, [0, 1]), ("b", "passthrough", [2]), ("c", texts, [3, 4])],
        sparse_threshold=0,
    ).fit(values(train))
    expected = transformer.transform(values(new)).astype("float64")
    found = encoded(layer, new)
    # Ours has a place for what is not known, and other places for indicators.
    order = [0, 1, 3, 2, *range(4, 13)]
    assert layer.width == found.shape[1] == 15
    ours = np.delete(found, [8, 14], axis=1)
    np.testing.assert_allclose(ours, expected[:, order], rtol=1e-5, atol=1e-5)
    assert not found[:, [8, 14]].any()


def test_statistics_are_those_of_the_values_that_are_there():
    values = np.array([1.0, np.nan, 4.0, 7.0, np.nan])
    layer = TableEncoding()
    layer.adapt({"a": values})
    (column,) = layer.columns
    assert column.center == column.mean == np.nanmean(values)
    assert column.spread == np.nanstd(values)
    found = encoded(layer, {"a": values})
    expected = (values - 4) / np.nanstd(values)
    np.testing.assert_allclose(found[:, 0], np.nan_to_num(expected), rtol=1e-6)
    np.testing.assert_array_equal(found[:, 1], np.isnan(values))


def test_features_belong_to_columns(encoding):
    assert encoding.names == ("mean size", "age", "member", "city", "post")
    sizes = np.bincount(encoding.groups)
    np.testing.assert_array_equal(sizes, [1, 2, 1, 5, 6])
    assert encoding.input_names == ("mean_size", "age", "member", "city", "post")
    features = encoded(encoding, table(20))
    changed = table(20)
    for at, name in enumerate(encoding.names):
        other = {one: changed.array(one) for one in changed.columns}
        other[name] = other[name][::-1]
        moved = (encoded(encoding, other) != features).any(axis=0)
        assert moved.any()
        assert {*encoding.groups[moved]} == {at}


def test_the_order_of_columns_does_not_matter_and_other_columns_are_refused(encoding):
    data = {name: table(20).array(name) for name in table(20).columns}
    expected = encoded(encoding, data)
    turned = dict(reversed(data.items()))
    np.testing.assert_array_equal(encoded(encoding, turned), expected)
    rows = [dict(zip(turned, row, strict=True)) for row in zip(*turned.values())]  # noqa: B905
    np.testing.assert_array_equal(encoded(encoding, rows), expected)
    frame = arrow(turned)
    np.testing.assert_array_equal(encoded(encoding, frame), expected)
    # What `rows` gives, it takes.
    np.testing.assert_array_equal(encoded(encoding, encoding.rows(data)), expected)
    with pytest.raises(ValueError, match=r'no others\. Received: "more"'):
        encoding.rows(data | {"more": data["age"]})
    del turned["age"]
    with pytest.raises(ValueError, match='none named "age"'):
        encoding.rows(turned)
    for name, values, message in (
        ("age", ["many"] * 20, "must hold numbers, and holds text such as 'many'"),
        ("city", np.arange(20), "must hold texts, and holds int64 such as 0"),
        ("member", np.arange(20), "must hold booleans, and holds 2"),
        ("post", np.arange(20) / 2, "must hold texts or whole numbers"),
    ):
        with pytest.raises(ValueError, match=f'"{name}", which {message}'):
            encoding.rows(data | {name: values})


def test_columns_that_were_left_out_in_training_may_be_there():
    columns = mixed()
    known = Table.of(columns, categories=["post"])
    arrays = {name: known.array(name) for name in known.columns if name != "kind"}
    kinds = {name: kind for name, kind in known.kinds.items() if name != "kind"}
    layer = TableEncoding()
    layer.adapt(Table(arrays, kinds, ignored=["kind"]))
    assert layer.ignored == ("kind",)
    copy = TableEncoding.from_config(layer.get_config())
    np.testing.assert_array_equal(
        encoded(copy, columns), encoded(layer, Table(arrays, kinds))
    )


def test_the_result_is_never_nan_and_unseen_categories_have_a_place(encoding):
    found = encoded(encoding, hard_rows())
    assert np.isfinite(found).all()
    np.testing.assert_array_equal(found[:, 0], [0, 1e6, -1e6, 1e6, found[4, 0]])
    np.testing.assert_array_equal(found[:, 3], [0, 1, 0, 0, 0])  # the indicator
    # Of a column that had no missing values, nothing tells one.
    share = np.mean(table().array("member"))
    np.testing.assert_allclose(found[:, 2], [1, share, 0, 1, share], rtol=1e-6)
    city, post = found[:, 4:9], found[:, 9:15]
    np.testing.assert_array_equal(city.argmax(axis=1), [3, 0, 4, 4, 4])
    np.testing.assert_array_equal(post.argmax(axis=1), [0, 5, 5, 5, 4])
    np.testing.assert_array_equal(found[:, 4:].sum(axis=1), 2)
    assert not encoded(encoding, table())[:, [8, 14]].any()


def test_the_inverse_gives_the_columns_back(encoding):
    train = table()
    found = encoding.inverse(encoding(encoding.rows(train)))
    assert tuple(found) == train.columns
    for name in ("mean size", "age", "member"):
        values = train.array(name)
        expected = np.where(np.isnan(values), np.nanmean(values), values)
        np.testing.assert_allclose(found[name], expected, rtol=1e-5, atol=1e-5)
    for name in ("city", "post"):
        texts = [text.decode() for text in found[name].numpy()]
        assert texts == train.array(name).tolist()


@pytest.mark.parametrize("names", [["mean size", "age"], ["city"]])
def test_columns_of_one_sort_are_enough(names):
    known = table()
    data = {name: known.array(name) for name in names}
    layer = TableEncoding()
    layer.adapt(data)
    features = layer(layer.rows(data))
    assert features.shape == (200, layer.width)
    assert tuple(layer.inverse(features)) == tuple(names)


def small_model(layer):
    shapes, dtypes = layer.input_signature()
    inputs = {
        name: keras.Input(shape, dtype=dtypes[name], name=name)
        for name, shape in shapes.items()
    }
    return keras.Model(inputs, keras.layers.Dense(3)(layer(inputs)))


def test_a_graph_computes_what_python_computes(encoding):
    rows = encoding.rows(hard_rows())
    tensors = {name: tf.constant(array) for name, array in rows.items()}
    expected = encoding(rows)
    np.testing.assert_array_equal(tf.function(encoding)(tensors), expected)
    shapes = {name: array.shape for name, array in rows.items()}
    assert encoding.compute_output_shape(shapes) == expected.shape
    inverse = encoding.inverse(expected)
    for name, values in tf.function(encoding.inverse)(expected).items():
        np.testing.assert_array_equal(values, inverse[name])


@pytest.mark.slow
def test_a_model_with_the_layer_is_saved_loaded_and_served(encoding, tmp_path):
    model, rows = small_model(encoding), encoding.rows(hard_rows())
    expected = model.predict(rows, verbose=0)
    model.save(tmp_path / "model.keras")
    copy = keras.saving.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(copy.predict(rows, verbose=0), expected)
    (layer,) = (one for one in copy.layers if isinstance(one, TableEncoding))
    assert layer.get_config() == encoding.get_config()
    assert layer.columns == encoding.columns
    np.testing.assert_array_equal(
        encoded(layer, hard_rows()), encoded(encoding, hard_rows())
    )
    shapes, dtypes = layer.input_signature()
    specs = [
        tf.TensorSpec((None, *shape), dtypes[name], name)
        for name, shape in shapes.items()
    ]

    def serve(*tensors):
        return {"outputs": copy(dict(zip(shapes, tensors, strict=True)))}

    archive = keras.export.ExportArchive()
    archive.track(copy)
    archive.add_endpoint("serving_default", serve, specs)
    archive.write_out(str(tmp_path / "1"), verbose=False)
    answer = runner().run(tmp_path / "1", "serving_default", rows)["outputs"]
    np.testing.assert_allclose(answer, expected, rtol=1e-6)
    warm_up.write(tmp_path / "1", "encoded", {"serving_default": rows})
    servability.check_servable(tmp_path / "1")


def test_half_precision_has_the_numbers_as_they_are(encoding):
    half = TableEncoding.from_config(encoding.get_config() | {"dtype": "float16"})
    data = table(30)
    found = encoded(half, data)
    assert found.dtype == "float16"
    np.testing.assert_allclose(found, encoded(encoding, data), rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["a", "b_1"], ("a", "b_1")),
        (["mean radius", "mean_radius"], ("mean_radius_2", "mean_radius")),
        (["x y", "x-y", "x (y)"], ("x_y", "x_y_2", "x_y_3")),
        (["a", "A"], ("a", "A_2")),
        (["1", "größe", "%", "_x"], ("column_1", "gr_e", "column", "x")),
        (["a b", "a_b_2", "a_b"], ("a_b_3", "a_b_2", "a_b")),
    ],
)
def test_names_of_inputs_are_legal_and_differ(names, expected):
    assert input_names(names) == expected


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"a": [3.0, 3.0, np.nan]}, '"a" holds the same number everywhere, 3'),
        ({"a": [np.nan, np.nan]}, '"a" holds no values'),
        ({"a": ["", ""]}, '"a" holds no values'),
        ({"a": ["x", "x"]}, "\"a\" holds the same text everywhere, 'x'"),
        ({"a": [1.0, np.inf]}, '"a" holds numbers from 1 to inf'),
        ({"a": [-1e38, 1.0]}, '"a" holds numbers from -1e.38 to 1'),
        ({"a": [1e9, 1e9 + 1]}, "does not resolve: subtract an offset"),
        ({"a": [0.0, 1e-35]}, "float32 does not resolve"),
    ],
)
def test_columns_that_do_not_vary_in_the_training_part_are_refused(columns, message):
    arrays = {}
    for name, values in columns.items():
        texts = isinstance(values[0], str)
        arrays[name] = np.array(values, object if texts else "float64")
    kinds = {
        n: "category" if a.dtype == object else "number" for n, a in arrays.items()
    }
    with pytest.raises(ValueError, match=message) as raised:
        TableEncoding().adapt(Table(arrays, kinds))
    assert "The training part has columns" in str(raised.value)
    assert 'drop=["a"]' in str(raised.value)


def test_an_offset_that_float32_resolves_is_none_to_refuse():
    values = 1e6 + np.arange(100.0)
    layer = TableEncoding()
    layer.adapt({"a": values})
    expected = (values - values.mean()) / values.std()
    np.testing.assert_allclose(encoded(layer, {"a": values})[:, 0], expected, atol=0.01)


def test_a_layer_that_was_called_learns_nothing_else(encoding):
    before = encoded(encoding, table(20))
    encoding.adapt(table())
    np.testing.assert_array_equal(encoded(encoding, table(20)), before)
    with pytest.raises(ValueError, match="Traced graphs keep"):
        encoding.adapt(table(seed=1))
    with pytest.raises(ValueError, match="Make a new layer"):
        encoding.adapt({"age": [1.0, 2.0]})


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda layer: TableEncoding(scaling="log"), "`scaling` must be standard or"),
        (lambda layer: TableEncoding(columns=[]), "`columns` must come from"),
        (lambda layer: TableEncoding(columns=[{"name": 3}]), "`columns` must come"),
        (lambda layer: TableEncoding().rows({"a": [1]}), "knows no columns yet"),
        (lambda layer: TableEncoding()({"a": np.ones(2)}), "knows no columns yet"),
        (lambda layer: layer({"age": np.ones(2)}), 'none named "mean_size", "member"'),
        (lambda layer: layer(np.ones((2, 5))), "takes a dict of tensors, one a column"),
        (
            lambda layer: TableEncoding().adapt(
                {str(n): [f"{n} {i // 2}" for i in range(200)] for n in range(600)}
            ),
            "at most 50,000 features",
        ),
    ],
)
def test_other_uses_are_refused(encoding, make, message):
    with pytest.raises(ValueError, match=message):
        make(encoding)


@pytest.mark.parametrize(
    "change",
    [
        {"kind": "date"},
        {"spread": 0.0},
        {"spread": "1"},
        {"mean": float("nan")},
        {"missing": 3},
        {"categories": ["x"]},
        {"name": "age"},
        {"color": "red"},
    ],
    ids=str,
)
def test_a_config_that_was_tampered_with_is_refused(encoding, change):
    config = encoding.get_config()
    config["columns"][0] = {**config["columns"][0], **change}
    with pytest.raises(ValueError, match="`columns` must come from the config"):
        TableEncoding(**config)
