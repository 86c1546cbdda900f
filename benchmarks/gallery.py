"""Draws the pictures of docs/gallery by running the code that its pages show.

    python benchmarks/gallery.py                    # every page
    python benchmarks/gallery.py vqvae pixel_cnn    # some pages

Each page trains on the embedded digits and saves one picture, which is moved to
docs/figures/gallery.
"""

import argparse
import contextlib
import re
import tempfile
import time
from pathlib import Path

import keras

DOCS = Path(__file__).parent.parent / "docs"
PICTURES = DOCS / "figures" / "gallery"
LARGEST = 60_000  # bytes


def draw(page):
    """Runs the code of a page and keeps the picture that it saves."""
    keras.utils.set_random_seed(0)
    code = re.findall(r"^```python\n(.*?)^```", page.read_text(), re.S | re.M)
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        exec("\n".join(code), {})
        picture = (Path(folder) / f"{page.stem}.png").read_bytes()
    if len(picture) > LARGEST:
        raise ValueError(f"{page.stem}.png has {len(picture):,} bytes: draw it smaller")
    PICTURES.mkdir(exist_ok=True)
    (PICTURES / f"{page.stem}.png").write_bytes(picture)


def main():
    """Draws the pictures of the pages that are named, or of all."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("pages", nargs="*")
    pages = [page for page in sorted(DOCS.glob("gallery/*.md")) if page.stem != "index"]
    names = parser.parse_args().pages or [page.stem for page in pages]
    for page in pages:
        if page.stem in names:
            began = time.monotonic()
            draw(page)
            print(f"{page.stem}: {time.monotonic() - began:.0f} s", flush=True)


if __name__ == "__main__":
    main()
