"""The review page: a web server for one reader on this machine, which writes files and nothing else."""
