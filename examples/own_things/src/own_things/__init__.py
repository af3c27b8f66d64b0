"""A task, a method and an encoder of one's own."""
