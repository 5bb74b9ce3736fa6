"""The playground: its port, its page, and the page in a real Chromium."""
