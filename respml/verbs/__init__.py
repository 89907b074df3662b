"""The verbs of the command line, one module a family; each module has ``register(verbs)``."""

FAMILIES = ("starting", "building", "reading", "explaining", "changing", "reviewing", "disclosing")
