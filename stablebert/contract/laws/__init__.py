"""The laws: one table of what each says, and their checks by idea, which load torch when a law is checked."""
