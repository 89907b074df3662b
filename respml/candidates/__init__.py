"""Models under comparison: fitting, searching, ranking and scoring them."""
