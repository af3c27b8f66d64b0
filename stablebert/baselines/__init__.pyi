from .cells import Baseline as Baseline
from .cells import BaselineError as BaselineError
from .cells import baseline_files as baseline_files
from .cells import baseline_path as baseline_path
from .cells import find_baseline as find_baseline
from .cells import read_baseline as read_baseline
