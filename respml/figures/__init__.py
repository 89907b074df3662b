"""One function a figure: a frame in, a matplotlib figure out; draws, computes nothing."""
