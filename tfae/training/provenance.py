"""Software and hardware with which a result was computed."""

import os
import subprocess
from importlib.metadata import version
from pathlib import Path

from tfae.types import Config


def provenance() -> Config:
    """Dict of the number of cores, versions of the packages and the commit."""
    return {
        "cores": os.cpu_count(),
        "versions": {name: version(name) for name in ("tfae", "keras", "tensorflow")},
        "commit": commit(),
    }


def commit() -> str | None:
    """Commit of the package's checkout, or `None`."""
    checkout = Path(__file__).parents[2]
    if not (checkout / "pyproject.toml").is_file():
        return None
    command = ["git", "-C", str(checkout), "describe", "--always", "--dirty"]
    command += ["--abbrev=10", "--exclude=*"]
    try:
        answer = subprocess.run(command, capture_output=True, text=True, check=False)
    except OSError:
        return None
    return answer.stdout.strip() or None
