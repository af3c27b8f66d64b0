from .catalogue import Catalogue as Catalogue
from .judging import JudgedSession as JudgedSession
from .judging import judge_session as judge_session
from .judging import stored_rows as stored_rows
from .loading import load_project as load_project
from .options import OPTIONS as OPTIONS
from .options import Settings as Settings
from .project import Project as Project
