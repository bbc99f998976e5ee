"""The only room that knows SQL: what was decided, what was said of it, and how both are read back."""
