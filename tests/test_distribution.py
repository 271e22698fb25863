"""What the distribution says of itself: one version everywhere, and a README that holds away from its neighbours."""

import re

import pytest
from hatchling.metadata.core import ProjectMetadata
from hatchling.plugin.manager import PluginManager

import krakenio
from krakenio.rest.line import USER_AGENT
from native.readme import elsewhere
from tests.sources import ROOT

LINKS = re.compile(r"\]\(([^)]*)\)")
README = (ROOT / "README.md").read_text()


def project() -> ProjectMetadata[PluginManager]:
    return ProjectMetadata(str(ROOT), PluginManager())


def test_the_version_is_that_of_the_distribution_and_of_what_kraken_is_told() -> None:
    assert project().version == krakenio.__version__
    assert f"krakenio/{krakenio.__version__}" == USER_AGENT


def test_the_readme_of_the_distribution_links_to_no_file_beside_it() -> None:
    core = project().core
    assert core.readme_content_type == "text/markdown"
    assert [link for link in LINKS.findall(core.readme) if not link.startswith("https://")] == []
    assert core.readme.splitlines()[0] == README.splitlines()[0]


def test_each_file_that_the_readme_links_to_is_in_the_sdist() -> None:
    config = project().config["tool"]["hatch"]
    packed = config["build"]["targets"]["sdist"]["include"]
    files = [link for link in LINKS.findall(README) if ":" not in link]
    assert len(files) > 5
    assert [file for file in files if not (ROOT / file).is_file() or file.partition("/")[0] not in packed] == []


@pytest.mark.parametrize(
    ("link", "without", "below"),
    [
        ("[the guide](docs/guide/index.md)", "the guide (`docs/guide/index.md`)", "[the guide](P/docs/guide/index.md)"),
        ("[it](a.md#b) and [it](c)", "it (`a.md#b`) and it (`c`)", "[it](P/a.md#b) and [it](P/c)"),
        *[(same, same, same) for same in ("[SemVer](https://semver.org/)", "[here](#below)", "`rows[0](x y)`", "[a]")],
    ],
)
def test_a_link_to_a_file_leads_below_the_pages_or_becomes_its_name(link: str, without: str, below: str) -> None:
    assert (elsewhere(link, ""), elsewhere(link, "P/")) == (without, below)
