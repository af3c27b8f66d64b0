"""Whole sessions too: the bench over synthetic runs that the tests of the plug-in have."""

from tests.plugin.conftest import bench as bench
