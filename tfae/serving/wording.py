"""Makes untrusted text safe for messages: one line, short, without secrets."""

import re

LONGEST_TEXT = 300  # characters
SHORTEST_SECRET = 4  # characters; shorter ones would mask ordinary words
MASK = "***"


def shown(text, secrets=()):
    """`text` on one line of printable characters, with the secrets masked.

    Args:
        text: Any object with a text, such as a name sent by a server.
        secrets: Strings to mask.
    """
    text = str(text)
    for secret in secrets:
        if len(secret) >= SHORTEST_SECRET:
            text = text.replace(secret, MASK)
    # Terminals execute control characters, and lone surrogates cannot be printed.
    start = "".join(one if one.isprintable() else " " for one in text[:LONGEST_TEXT])
    return " ".join(start.split()) + ("…" if len(text) > LONGEST_TEXT else "")


def masked(url):
    """A URL, whole or malformed, without credentials and query."""
    hidden = re.sub(r"^(\s*[\w+.-]*://)?.*@", rf"\1{MASK}@", str(url), flags=re.S)
    return shown(re.sub(r"[?#].*", f"?{MASK}", hidden, flags=re.S))
