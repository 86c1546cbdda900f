"""Arrays in an `.npz` file, with names chosen by a server."""

import zipfile

from tfae.serving.wording import shown

LONGEST_NAME = 60_000  # bytes; a zip file counts them with two bytes


def check_names(names):
    """Raises `ValueError` for invalid names of arrays in an `.npz` file.

    Names that are paths outside the folder of extraction are as invalid as names that
    cannot be read back.
    """
    for name in names:
        parts = name.split("/")
        outside = name.startswith("/") or {".", ".."} & set(parts) or "\\" in name
        if outside or not name.isprintable() or len(name.encode()) > LONGEST_NAME:
            raise ValueError(
                f"The output {shown(repr(name))} cannot be a member of an .npz file, "
                "since its name is a path or cannot be printed. Call "
                "`tfae.serving.Client` in Python."
            )
        if f"{name}.npy" in names:  # the name of the member that `name` becomes
            raise ValueError(
                f"The outputs {shown(repr(name))} and {shown(repr(name + '.npy'))} "
                "cannot be members of one .npz file. Call `tfae.serving.Client` in "
                "Python."
            )


def save(path, arrays):
    """Writes a dict of arrays with any names, also those of arguments of `numpy.savez`.

    Args:
        path: The `.npz` file.
        arrays: Dict of arrays, with names allowed by `check_names`.
    """
    import numpy as np

    check_names(arrays)
    with zipfile.ZipFile(path, "w") as archive:
        for name, array in arrays.items():
            with archive.open(f"{name}.npy", "w", force_zip64=True) as member:
                np.lib.format.write_array(member, plain(array), allow_pickle=False)


def plain(array):
    """An array that can be saved without pickling: strings have a fixed width."""
    import numpy as np

    if array.dtype.kind != "O":
        return array
    return np.array(array.tolist()).reshape(array.shape)
