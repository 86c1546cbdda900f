"""Arrays in `.npy` and `.npz` files, with names chosen by the user or a server."""

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


def read(path):
    """The array of an `.npy` file, or the dict of arrays of an `.npz` file."""
    from tfae.files import read_arrays

    if path.suffix in (".csv", ".parquet"):
        raise ValueError(
            f"--input takes an .npy or .npz file. Received: {path}, a table. Write its "
            "columns by numpy.savez(file, **columns), or score a table with `tfae "
            "detect score`."
        )
    try:
        arrays = read_arrays(path)
    except Exception as error:  # NumPy's, of many kinds
        raise ValueError(
            f"{path} does not exist or is not an .npy or .npz file of numbers. Save an "
            "array with numpy.save."
        ) from error
    several = arrays.values() if isinstance(arrays, dict) else [arrays]
    if not several or not all(array.ndim for array in several):
        raise ValueError(f"{path} must hold arrays with the examples as rows.")
    return arrays
