from .content import Content as Content
from .content import gather as gather
from .writing import PageError as PageError
from .writing import check_extra as check_extra
from .writing import write_page as write_page
