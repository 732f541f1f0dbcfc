"""Redis storage: `keyspace.py` lists every key; `lua/` holds the operations that must be atomic."""
