"""Scalable drawings as text: elements with everything escaped, and nothing a strict content policy would refuse."""

from __future__ import annotations

from html import escape


def element(name: str, /, *inside: str, **attributes: object) -> str:
    """One element. An underscore in an attribute's name is a hyphen; ``None`` leaves the attribute out."""
    written = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escape(_number(value))}"'
        for key, value in attributes.items()
        if value is not None
    )
    return f"<{name}{written}>{''.join(inside)}</{name}>" if inside else f"<{name}{written}/>"


def _number(value: object) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)


def text(x: float, y: float, words: str, **attributes: object) -> str:
    """A line of text."""
    return element("text", escape(words), x=x, y=y, **attributes)


def titled(drawing: str, words: str) -> str:
    """A drawing that tells its figures when it is pointed at, and to who listens."""
    return element("g", element("title", escape(words)), drawing)


def picture(width: int, height: int, title: str, *inside: str) -> str:
    """The whole drawing. It grows and shrinks with the page; ``title`` is what a screen reader says of it."""
    return element(
        "svg",
        *inside,
        viewBox=f"0 0 {width} {height}",
        role="img",
        aria_label=title,
        xmlns="http://www.w3.org/2000/svg",
    )
