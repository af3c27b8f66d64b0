"""The page of the doctor lists what there is."""

import re

from stablebert.doctor import CAUSES
from stablebert.paper.methods import LONG_STEPS
from tests.test_documents import page


def listed(text):
    return re.findall(r"^\| `([a-z-]+)` \| (Section [^|]+) \|", text, re.MULTILINE)


def test_every_cause_is_listed_with_its_section():
    text = page("docs/doctor.md")
    causes = [(cause.name, cause.section) for cause in CAUSES]
    assert listed(text) == causes
    assert f"fewer than {LONG_STEPS[0]}, the shortest length" in text
    # the control: one that is missing, or in another section, is noticed
    assert listed(text.replace("| `no-warm-up` | Section 3", "| `no-warm-up` | Section 5")) != causes
    assert listed(text.replace("`dropout-off`", "")) != causes


def test_every_warning_of_the_watch_is_listed():
    from pathlib import Path

    from stablebert.hf import watch

    names = set(re.findall(r'self\._warn\("([a-z-]+)"', Path(watch.__file__).read_text()))
    rows = re.findall(r"^\| `([a-z-]+)` \| (?!Section)", page("docs/doctor.md"), re.MULTILINE)
    assert sorted(rows) == sorted(names)
    assert "failed-run" in names
