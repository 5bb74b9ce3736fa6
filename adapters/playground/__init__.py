"""The playground: a chat in the browser, where the same bot runs with no token, several people and a clock to move."""
