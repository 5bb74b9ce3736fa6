"""The bot as a process that is killed again and again, judged by what the platforms saw.  See docs/reliability.md."""
