"""The clients' types, out of ``openrpc.json``."""
