"""Locks of folders, which end with the process that holds them."""

import contextlib
import os
import time

try:
    import fcntl
except ImportError:  # on Windows, where nothing is locked
    fcntl = None


@contextlib.contextmanager
def locked(folder, seconds=0):
    """Holds the lock of an existing folder for the time of the block.

    The lock is advisory: it excludes only those who ask for it as well.

    Args:
        folder: Folder.
        seconds: Float, how long to wait for the lock.

    Yields:
        Boolean, `False` where the system or the file system has no locks.

    Raises:
        BlockingIOError: If another process, or thread, has the lock.
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
