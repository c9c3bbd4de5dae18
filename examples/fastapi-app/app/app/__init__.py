"""Users and their items, over HTTP."""
