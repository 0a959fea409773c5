"""Integrations: one module per library, which is imported only when it is used. `columns` is their shared part."""
