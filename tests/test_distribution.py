"""What the distribution says of itself: one version everywhere."""

from hatchling.metadata.core import ProjectMetadata
from hatchling.plugin.manager import PluginManager

import krakenio
from krakenio.rest.line import USER_AGENT
from tests.sources import ROOT


def test_the_version_is_that_of_the_distribution_and_of_what_kraken_is_told() -> None:
    assert krakenio.__version__ == ProjectMetadata(str(ROOT), PluginManager()).version
    assert f"krakenio/{krakenio.__version__}" == USER_AGENT
