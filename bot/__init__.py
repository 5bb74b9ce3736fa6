"""The core: what a community of practice can do, knowing no platform."""
