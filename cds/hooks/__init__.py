"""The only room that knows the CDS Hooks wire: what comes in, what goes out, and over which addresses."""
