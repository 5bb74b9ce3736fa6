"""What people with bad intentions send, and what the chats would make of it."""
