"""Where and how a model fails: residuals, weak spots, sensitivity, stress, attacks, remedies. Pure functions."""
