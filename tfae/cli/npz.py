"""Arrays whose names a server chose, in an `.npz` file."""

import zipfile

from tfae.serving.wording import shown

LONGEST_NAME = 60_000  # bytes; a zip file counts them with two bytes


def check_names(names):
    """Raises `ValueError` for names that cannot be those of arrays in an `.npz` file.

    A name that is a path out of the folder, where the file is unpacked, is no better
    than one that cannot be read back.
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
    """Writes a dict of arrays, whatever their names: `numpy.savez` has arguments too.

    Args:
        path: The `.npz` file.
        arrays: Dict of arrays, by names that `check_names` allows.
    """
    import numpy as np

    check_names(arrays)
    with zipfile.ZipFile(path, "w") as archive:
        for name, array in arrays.items():
            with archive.open(f"{name}.npy", "w", force_zip64=True) as member:
                np.lib.format.write_array(member, plain(array), allow_pickle=False)


def plain(array):
    """An array that is saved without pickling: strings have a fixed width."""
    import numpy as np

    if array.dtype.kind != "O":
        return array
    return np.array(array.tolist()).reshape(array.shape)
