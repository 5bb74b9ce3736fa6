"""Promises the project makes, each one a sentence."""
