"""What someone who may only ask for scores, or who may touch the training data, can do to a model."""
