from dataclasses import asdict, fields

import pytest

from stablebert.paper import CORRECTED, RELEASED, Fidelity, fidelity_of
from stablebert.paper.fidelity import QUIRKS, with_switches


def test_corrected_has_no_quirk_and_released_all():
    assert not any(asdict(CORRECTED).values())
    assert all(asdict(RELEASED).values())
    assert (fidelity_of("corrected"), fidelity_of("released")) == (CORRECTED, RELEASED)
    with pytest.raises(ValueError, match="'faithful'; it must be one of corrected, released"):
        fidelity_of("faithful")


def test_every_switch_is_explained_once():
    assert sorted(quirk.switch for quirk in QUIRKS) == sorted(field.name for field in fields(Fidelity))


def test_the_document_has_the_switches_as_they_are(request):
    text = (request.config.rootpath / "DEVIATIONS.md").read_text()
    assert with_switches(text) == text
    # the control: a line that was changed is seen
    assert with_switches(text.replace("inert_weight_decay", "inert")) == text
    with pytest.raises(ValueError, match="switches:begin"):
        with_switches("# Deviations\n")
