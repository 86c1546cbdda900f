"""Locks of folders, released when their process ends."""

import contextlib
import os
import time

try:
    import fcntl
except ImportError:  # on Windows: no locks
    fcntl = None


@contextlib.contextmanager
def locked(folder, seconds=0):
    """Holds the lock of an existing folder during the block.

    The lock is advisory: it excludes only other callers of this function.

    Args:
        folder: Folder.
        seconds: Float, how long to wait for the lock.

    Yields:
        Boolean, `False` if the system or the file system does not support locks.

    Raises:
        BlockingIOError: If another process or thread holds the lock.
    """
    if fcntl is None:
        yield False
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        yield _lock(handle, folder, time.monotonic() + seconds)
    finally:
        os.close(handle)


def _lock(handle, folder, until):
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        except BlockingIOError as error:
            if time.monotonic() > until:
                raise BlockingIOError(
                    f"{folder} is in use by another process. Wait for it, or use "
                    "another folder."
                ) from error
            time.sleep(0.05)
        except OSError:  # such as one of some network file systems
            return False
