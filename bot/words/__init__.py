"""Words: the sentences of the bot in other languages, one catalogue each, and what collects them from the code."""
