"""Who may call, and where we may call: clients, their tokens and keys, and the addresses that may be reached."""
