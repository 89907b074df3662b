"""Pure statistics: arrays or frames in, tidy frames or estimates out. No files, no figures, no globals."""
