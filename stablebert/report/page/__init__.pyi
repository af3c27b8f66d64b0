from .content import Content as Content
from .content import gather as gather
from .store_errors import PageError as PageError
from .store_errors import check_extra as check_extra
from .store_errors import write_page as write_page
