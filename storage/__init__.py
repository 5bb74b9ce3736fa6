"""Tables and the questions that are asked of them; nothing else."""
