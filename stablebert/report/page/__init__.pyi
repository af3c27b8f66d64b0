from .content import Content as Content
from .content import gather as gather
from .output import PageError as PageError
from .output import check_extra as check_extra
from .output import write_page as write_page
