"""What asks for torch's Muon, which torch before 2.9 does not have."""

import pytest
import torch

NEEDS_MUON = pytest.mark.skipif(not hasattr(torch.optim, "Muon"), reason="torch before 2.9 has no Muon")
