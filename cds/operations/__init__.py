"""Running the service: where it keeps what it remembers, how it is watched, loaded anew and stopped."""
