"""Discord: slash commands, buttons and forms over the gateway, cards as components v2."""
