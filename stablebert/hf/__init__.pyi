from .examining import examine as examine
from .examining import trainer_setup as trainer_setup
from .forms import TrainerForms as TrainerForms
from .preparing import Prepared as Prepared
from .preparing import prepare as prepare
from .watch import RunWarning as RunWarning
from .watch import Watch as Watch
