"""The pictures of a page, a file each."""
