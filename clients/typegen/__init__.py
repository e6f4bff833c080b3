"""Makes the clients' types from ``openrpc.json``."""
