"""`.keras` files that somebody has tampered with, each made of a good one."""

import io
import json
import pickle
import zipfile

import h5py
import numpy as np


def members_of(path):
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def rewrite(path, members, compression=zipfile.ZIP_STORED):
    with zipfile.ZipFile(path, "w", compression) as archive:
        for name, content in members.items():
            archive.writestr(name, content)


def config(change):
    """A file whose config `change` has edited, or has made anew."""

    def spoil(path):
        members = members_of(path)
        found = json.loads(members["config.json"])
        members["config.json"] = json.dumps(change(found) or found)
        rewrite(path, members)

    return spoil


def in_other_letters(path, change):
    """Edits the config, and hides what its keys are."""
    config(change)(path)
    members = members_of(path)
    hidden = members["config.json"].replace(b'"class_name"', b'"class\\u005fname"')
    rewrite(path, members | {"config.json": hidden})


def text(content):
    """A file whose config is any text."""

    def spoil(path):
        rewrite(path, members_of(path) | {"config.json": content})

    return spoil


def weights(change):
    """A file whose HDF5 part `change` has edited."""

    def spoil(path):
        members = members_of(path)
        part = io.BytesIO(members["model.weights.h5"])
        with h5py.File(part, "r+") as file:
            change(file, path)
        rewrite(path, members | {"model.weights.h5": part.getvalue()})

    return spoil


def first(file):
    """Group and name of the first kernel."""
    found = []
    file.visititems(
        lambda name, entry: (
            found.append(name)
            if isinstance(entry, h5py.Dataset) and not name.startswith("optimizer")
            else None
        )
    )
    return found[0]


def replaced(make):
    """A file one of whose arrays is made anew by `make(file, name, path)`."""

    def change(file, path):
        name = first(file)
        old = file[name][()]
        del file[name]
        make(file, name, old, path)

    return weights(change)


def filled(value):
    return replaced(
        lambda file, name, old, path: file.create_dataset(
            name, data=np.full_like(old, value)
        )
    )


def elsewhere(path):
    other = path.with_name("elsewhere.h5")
    with h5py.File(other, "w") as file:
        file["values"] = np.zeros((64, 16), "float32")
    return str(other)


def virtual(file, name, old, path):
    layout = h5py.VirtualLayout(old.shape, "float32")
    layout[:] = h5py.VirtualSource(elsewhere(path), "values", shape=old.shape)
    file.create_virtual_dataset(name, layout)


def stored_elsewhere(file, name, old, path):
    raw = path.with_name("raw.bin")
    raw.write_bytes(old.tobytes())
    file.create_dataset(
        name, old.shape, "float32", external=[(str(raw), 0, old.nbytes)]
    )


def references(file, name, old, path):
    file.create_dataset(name, (4,), dtype=h5py.ref_dtype)


def linked(link):
    def make(file, name, old, path):
        file[name] = link(path)

    return replaced(make)


def bomb(file, name, old, path):
    file.create_dataset(name, (2**40, 16), "float32", chunks=(1024, 16))


def circle(file, path):
    file["encoder/layers/again"] = file["encoder"]


def many(file, path):
    group = file.create_group("many")
    for index in range(60_000):
        group[f"{index}"] = h5py.SoftLink("/encoder")


def deep(depth):
    def change(found):
        inner = found
        for _ in range(depth):
            layers = {"layers": [inner]}
            inner = {"class_name": "Sequential", "module": "keras", "config": layers}
        return inner

    return change


def units(*counts):
    def change(found):
        found["config"]["hidden_units"] = counts

    return change


def layers(count):
    def change(found):
        layer = {"class_name": "Dense", "config": {}, "module": "keras.layers"}
        return {
            "class_name": "Sequential",
            "module": "keras",
            "config": {"layers": [layer] * count},
        }

    return change


def renamed(**changes):
    def change(found):
        found.update(changes)

    return change


def other(**changes):
    return renamed(registered_name=None, **changes)


def code(found):
    return {
        "class_name": "Lambda",
        "module": "keras.layers",
        "config": {
            "function": {
                "class_name": "__lambda__",
                "config": {"code": "4wEAAAAA", "defaults": None, "closure": None},
            }
        },
    }


def without(name):
    def spoil(path):
        members = members_of(path)
        del members[name]
        rewrite(path, members)

    return spoil


def part(name, content):
    return lambda path: rewrite(path, members_of(path) | {name: content})


def zeros(path):
    rewrite(
        path,
        members_of(path) | {"model.weights.h5": b"\0" * 2**28},
        zipfile.ZIP_DEFLATED,
    )


def sparse(path):
    with path.open("wb") as file:
        file.truncate(2**36)


def is_a_folder(path):
    path.unlink()
    path.mkdir()


# What was done to the file, and words of the one line that refuses it.
ATTACKS = {
    "10⁶ layers": (config(layers(10**6)), "not loaded, since its config"),
    "30,000 layers in other letters": (
        lambda path: in_other_letters(path, layers(30_000)),
        "30,001 objects",
    ),
    "1,000 layers of one unit": (config(units(*[1] * 1000)), "one of too many"),
    "20,001 layers": (config(layers(20_001)), "20,002 objects"),
    "a config of 33 MB": (text('"' + "x" * 33 * 2**20 + '"'), "its config has more"),
    "a config nested 300 deep": (config(deep(300)), "could not be loaded"),
    "a config nested 10⁵ deep": (text("[" * 10**5), "could not be loaded"),
    "a config that is a list": (text("[]"), "could not be loaded"),
    "a config that is a string": (text('"x"'), "could not be loaded"),
    "a config that is null": (text("null"), "could not be loaded"),
    "a config that is no JSON": (text("{"), "could not be loaded"),
    "a config that is no text": (text(b"\xff\xfe"), "could not be loaded"),
    "an empty config": (text("{}"), "could not be loaded"),
    "an integer of 5,000 digits": (text("1" * 5000), "could not be loaded"),
    "a layer of 10⁹ units": (config(units(10**9)), "would have weights of shape"),
    "a layer of 10³⁰ units": (config(units(10**30)), "would have weights of shape"),
    "a layer of -1 units": (config(units(-1)), "could not be loaded"),
    "a layer of NaN units": (config(units(float("nan"))), "could not be loaded"),
    "a layer of words": (config(units("many")), "could not be loaded"),
    "another class": (config(other(class_name="Other")), "which is not known"),
    "a function of Python": (config(other(class_name="system", module="os")), "could"),
    "a class that is a list": (config(other(class_name=[])), "which is not known"),
    "a module that is a number": (config(other(module=1)), "could not be loaded"),
    "a registered name of nothing": (
        config(renamed(registered_name="x>y")),
        "is not known",
    ),
    "a config without arguments": (config(renamed(config=None)), "could not be"),
    "arguments that are a list": (config(renamed(config=[1])), "could not be"),
    "an argument too many": (
        config(lambda found: found["config"].update(surprise=1)),
        "could not be loaded",
    ),
    "code": (config(code), "code of its own"),
    "an external link": (
        linked(lambda path: h5py.ExternalLink(elsewhere(path), "values")),
        "are a link",
    ),
    "a link to a file of the system": (
        linked(lambda path: h5py.ExternalLink("/etc/passwd", "/")),
        "are a link",
    ),
    "a soft link": (linked(lambda path: h5py.SoftLink("/encoder")), "are a link"),
    "a soft link to itself": (linked(lambda path: h5py.SoftLink("/")), "are a link"),
    "a virtual array": (replaced(virtual), "lie in another file"),
    "an array stored elsewhere": (replaced(stored_elsewhere), "lie in another file"),
    "references": (replaced(references), "are no numbers"),
    "strings": (
        replaced(
            lambda file, name, old, path: file.create_dataset(name, data=["a"] * 4)
        ),
        "are no numbers",
    ),
    "records": (
        replaced(
            lambda file, name, old, path: file.create_dataset(
                name, data=np.zeros(4, [("a", "f4"), ("b", "i4")])
            )
        ),
        "are no numbers",
    ),
    "nothing in place of weights": (
        replaced(
            lambda file, name, old, path: file.create_dataset(
                name, data=h5py.Empty("f4")
            )
        ),
        "are no numbers",
    ),
    "a group in place of weights": (
        replaced(lambda file, name, old, path: file.create_group(name)),
        "could not be loaded",
    ),
    "weights of another shape": (
        replaced(
            lambda file, name, old, path: file.create_dataset(
                name, data=np.zeros((3, 3), "f4")
            )
        ),
        "could not be loaded",
    ),
    "a shape of 2⁴⁰ rows": (replaced(bomb), "are not in it"),
    "a group that holds itself": (weights(circle), "is in it twice"),
    "60,000 links": (weights(many), "more than 20,000 entries"),
    "NaN": (filled(np.nan), "NaN, infinite or too large"),
    "infinity": (filled(np.inf), "NaN, infinite or too large"),
    "3e38": (filled(3e38), "NaN, infinite or too large"),
    "-3e38": (filled(-3e38), "NaN, infinite or too large"),
    "pickled weights": (
        part("model.weights.h5", pickle.dumps({"a": 1})),
        "could not be loaded",
    ),
    "weights of no bytes": (part("model.weights.h5", b""), "could not be loaded"),
    "no weights": (without("model.weights.h5"), "no model.weights.h5"),
    "no config": (without("config.json"), "could not be loaded"),
    "a bomb of zeros": (zeros, "it unpacks to"),
    "64 GB of nothing": (sparse, "could not be loaded"),
    "a folder": (is_a_folder, "does not exist"),
    "no bytes": (lambda path: path.write_bytes(b""), "could not be loaded"),
    "text": (lambda path: path.write_text("a model"), "could not be loaded"),
    "a pickle": (lambda path: path.write_bytes(pickle.dumps([1])), "could not be"),
}
