from .obtain import load_run as load_run
from .provenance import Keys as Keys
from .provenance import code_digest as code_digest
from .provenance import run_keys as run_keys
from .store import RunStore as RunStore
from .writing import StoreError as StoreError
