"""Measurements, a command each; what is compared runs in the same minute on the same machine."""
