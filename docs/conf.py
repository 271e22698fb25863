"""How Sphinx builds these pages: `nox -s docs`."""

import importlib.metadata

project = "krakenio"
author = "the krakenio authors"
copyright = f"2026, {author}"  # noqa: A001 -- Sphinx's name for it
release = importlib.metadata.version("krakenio-anyio")

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.viewcode"]
exclude_patterns = ["_build"]
myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3

autodoc_member_order = "bysource"
autodoc_typehints = "signature"

html_theme = "furo"
html_title = "krakenio"
