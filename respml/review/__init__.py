"""The life of a document after its build: findings register, changes, sign-off, bundles, the review page."""
