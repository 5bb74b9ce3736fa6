"""Every action and view on every adapter: it fits, it renders, it comes back."""
