"""Docstrings of this package as mkdocstrings reads them."""

import re
import textwrap

import griffe

REFERENCE = re.compile(r"^Reference:\n((?:[ ]{4}.*\n|\n)+)", re.M)
EXAMPLE = re.compile(r"^Example:\n(>>> .*?)(?=\n\n|\Z)", re.M | re.S)


def prepare(text):
    """Gives the sections that are Keras' own the names of Google's style.

    The calls of an example are indented, and references become a paragraph.
    """
    text = text.replace("\nCall arguments:\n", "\nOther Parameters: Call arguments\n")
    text = EXAMPLE.sub(
        lambda match: "Examples:\n" + textwrap.indent(match[1], "    "), text
    )
    return REFERENCE.sub(
        lambda match: f"**Reference:** {' '.join(match[1].split())}\n\n", text
    )


class Docstrings(griffe.Extension):
    """Prepares every docstring before it is parsed."""

    def on_object(self, *, obj, **_):
        """Replaces the docstring of an object."""
        if obj.docstring:
            obj.docstring.value = prepare(obj.docstring.value + "\n").rstrip("\n")
