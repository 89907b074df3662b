"""Models made elsewhere: one adapter for each format, found by name, by content or through an entry point."""
