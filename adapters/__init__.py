"""What turns chat into calls of the core, and what it answers into chat."""
