"""The pytest door, thin: options, collection, items, the session's end. What judges is in `stablebert.project`."""

from stablebert.plugin.hooks import pytest_addhooks as pytest_addhooks
from stablebert.plugin.hooks import pytest_addoption as pytest_addoption
from stablebert.plugin.hooks import pytest_collection as pytest_collection
from stablebert.plugin.hooks import pytest_collection_modifyitems as pytest_collection_modifyitems
from stablebert.plugin.hooks import pytest_configure as pytest_configure
from stablebert.plugin.hooks import pytest_generate_tests as pytest_generate_tests
from stablebert.plugin.hooks import pytest_make_collect_report as pytest_make_collect_report
from stablebert.plugin.hooks import seeds as seeds
from stablebert.plugin.hooks import stablebert_bench as stablebert_bench
from stablebert.plugin.hooks import stablebert_claims as stablebert_claims
from stablebert.plugin.hooks import stablebert_contract as stablebert_contract
