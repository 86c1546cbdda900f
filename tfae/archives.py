"""Checks of a `.keras` file, or of an unpacked one, before Keras loads it.

An untrusted file must not make Keras read other files, or build models that take
minutes or all memory. Keras' safe mode refuses code in the file.
"""

import io
import json
import zipfile

LARGEST_CONFIG = 32 * 2**20  # bytes
MOST_OBJECTS = 20_000  # layers, initializers and such, in a config
MOST_ENTRIES = 20_000  # groups and arrays of weights
MOST_COMPRESSED = 100  # unpacked bytes per byte of the file
NUMBERS = "biufV"  # kinds of NumPy, the last one for 16-bit floats of other sorts


class RefusedError(ValueError):
    """A file was refused before loading, since it could do harm."""


CONFIG, WEIGHTS = "config.json", "model.weights.h5"


def check(path):
    """Numbers of values and of arrays in the weights of a stored model.

    Args:
        path: A `.keras` file, or a folder of the same files.

    Raises:
        RefusedError: If the file declares more than it can hold or may hold; if its
            weights are not plain numbers, or are stored elsewhere.
        zipfile.BadZipFile, KeyError, OSError: If the file is damaged.
    """
    if path.is_dir():
        _check_config((path / CONFIG).stat().st_size, (path / CONFIG).read_bytes)
        return _values((path / WEIGHTS).read_bytes())
    with zipfile.ZipFile(path) as archive:
        unpacked = sum(info.file_size for info in archive.infolist())
        packed = path.stat().st_size
        if unpacked > MOST_COMPRESSED * packed:
            _refuse(f"it unpacks to {unpacked:,} bytes from {packed:,}")
        size = archive.getinfo(CONFIG).file_size
        _check_config(size, lambda: archive.read(CONFIG))
        if WEIGHTS not in archive.namelist():
            _refuse(f"it has no {WEIGHTS}, which Keras writes")
        # In memory: seeking backwards in a member of an archive reads it again.
        return _values(archive.read(WEIGHTS))


def _check_config(size, read):
    if size > LARGEST_CONFIG:
        _refuse(f"its config has more than {LARGEST_CONFIG:,} bytes")
    objects = _objects(json.loads(read()))
    if objects > MOST_OBJECTS:
        _refuse(f"its config describes {objects:,} objects, over {MOST_OBJECTS:,}")


def _objects(config):
    """Number of objects that a config describes, at any depth."""
    count, left = 0, [config]
    while left:
        one = left.pop()
        if isinstance(one, dict):
            count += "class_name" in one
            left += one.values()
        elif isinstance(one, list):
            left += one
    return count


def _values(content):
    """Numbers of values and of arrays of weights, which must be in the file itself."""
    import h5py

    total, stored, arrays, entries, seen = 0, 0, 0, 0, set()
    with h5py.File(io.BytesIO(content), "r") as weights:
        groups = [weights]
        while groups:
            group = groups.pop()
            address = h5py.h5o.get_info(group.id).addr
            if address in seen:
                _refuse(f"its group {group.name} is in it twice")
            seen.add(address)
            entries += len(group)
            if entries > MOST_ENTRIES:
                _refuse(f"it has more than {MOST_ENTRIES:,} entries of weights")
            for name in group:
                if not isinstance(group.get(name, getlink=True), h5py.HardLink):
                    _refuse(f"its weights {group.name}/{name} are a link")
                entry = group[name]
                if isinstance(entry, h5py.Group):
                    groups.append(entry)
                    continue
                _check_array(entry)
                arrays += 1
                total += entry.size
                stored += entry.nbytes
    if stored > MOST_COMPRESSED * len(content):
        _refuse(f"its weights have {stored:,} bytes, of a part of {len(content):,}")
    return total, arrays


def _check_array(entry):
    import h5py

    if not isinstance(entry, h5py.Dataset):
        _refuse(f"{entry.name} is no array")
    if entry.external or entry.is_virtual:
        _refuse(f"its weights {entry.name} lie in another file")
    if entry.dtype.kind not in NUMBERS or entry.dtype.names or entry.shape is None:
        _refuse(f"its weights {entry.name} are no numbers")
    if entry.nbytes > MOST_COMPRESSED * entry.id.get_storage_size():
        _refuse(f"its weights {entry.name} of shape {entry.shape} are not in it")


def _refuse(reason):
    raise RefusedError(reason)
