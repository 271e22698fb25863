"""How Sphinx builds these pages: `nox -s docs`."""

# pyright: basic
import re
from dataclasses import is_dataclass
from inspect import cleandoc, isfunction
from typing import get_args, get_type_hints, is_typeddict

from sphinx.util.typing import stringify_annotation

import krakenio

project = "krakenio"
author = "the krakenio authors"
copyright = f"2026, {author}"  # noqa: A001 -- Sphinx's name for it
release = krakenio.__version__

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.viewcode"]
exclude_patterns = ["_build"]
myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3

default_role = "code"  # what stands between single backticks in docstrings

autodoc_member_order = "bysource"
autodoc_typehints = "signature"
nitpick_ignore_regex = [
    (r"py:.*", r"(decimal|pathlib|collections|contextlib|datetime|random|ssl|os|msgspec|typing)\..*"),  # of others
    (r"py:.*", r"(dict|list|tuple)\[.*"),  # a signature that Sphinx cuts in two
    (r"py:.*", r"krakenio\..*\.([A-Z]|[A-Z][a-z]*T|[A-Z]_co)"),  # type variables
    (r"py:.*", r"krakenio\.rest\.(.*Params|chapter\.Perform)"),  # keywords, listed with each method
]

html_theme = "furo"
html_title = "krakenio"

MADE_BY_USERS = {"Keys", "Book", "Level3Book"}


def hide_signature(_app, what, name, found, _options, signature, returns):  # noqa: ANN001, ANN201
    """Leave out what the library passes to classes that users never make."""
    made = name.rpartition(".")[2] in MADE_BY_USERS or is_dataclass(found)
    return (signature, returns) if made or what != "class" or not isfunction(found.__init__) else ("", None)


def fields(table):  # noqa: ANN001, ANN201
    """Yield each field of a `TypedDict`, with what it takes."""
    for name, hint in get_type_hints(table).items():
        needed = ", needed" if name in table.__required_keys__ else ""
        taken = re.sub(r"~?[\w.]+\.(?=\w)", "", stringify_annotation(hint, "smart"))
        yield f"``{name}``{needed}: ``{taken}``"


def list_keywords(_app, what, _name, found, _options, lines):  # noqa: ANN001, ANN201
    """List what a method takes as ``**params``: its signature names but the table of it."""
    if is_typeddict(found):
        lines += ["", *[f"- {field}" for field in fields(found)]]
    hints = get_type_hints(found) if what == "method" and isfunction(found) else {}
    for table in [table for hint in hints.values() for table in get_args(hint)[:1] if is_typeddict(table)]:
        if table.__module__.startswith("krakenio.orders."):
            lines += ["", f"Keywords: the fields of :py:class:`krakenio.orders.{table.__name__}`."]
        else:
            lines += ["", *cleandoc(table.__doc__ or "").splitlines(), "", f"Keywords: {'; '.join(fields(table))}."]


def by_public_name(app, env, node, content):  # noqa: ANN001, ANN201
    """Find a class where users know it; where it is defined is our affair."""
    name = str(node.get("reftarget", "")).rpartition(".")[2]
    if name not in krakenio.__all__:
        return None
    target = f"krakenio.{name}"
    return env.get_domain("py").resolve_xref(env, node["refdoc"], app.builder, "obj", target, node, content)


def setup(app):  # noqa: ANN001, ANN201
    """Register all of them."""
    app.connect("autodoc-process-signature", hide_signature)
    app.connect("autodoc-process-docstring", list_keywords)
    app.connect("missing-reference", by_public_name)
