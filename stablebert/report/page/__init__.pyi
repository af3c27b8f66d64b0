from .evidence import Evidence as Evidence
from .evidence import gather as gather
from .writing import PageError as PageError
from .writing import check_extra as check_extra
from .writing import write_page as write_page
