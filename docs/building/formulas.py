"""Formulas as MathML, which browsers draw without a script or a network."""

import html
import re

from latex2mathml.converter import convert

FORMULA = re.compile(
    r'<(span|div) class="arithmatex">\\([(\[])(.*?)\\[)\]]</\1>', re.DOTALL
)


def on_page_content(text, **_):
    """Converts each formula of a page from LaTeX to MathML."""
    return FORMULA.sub(_as_mathml, text)


def _as_mathml(match):
    tag, bracket, formula = match.groups()
    display = "block" if bracket == "[" else "inline"
    mathml = convert(html.unescape(formula).strip(), display=display)
    return f'<{tag} class="formula">{mathml}</{tag}>'
