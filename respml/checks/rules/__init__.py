"""One file a family of rules; importing a module registers its checks."""
