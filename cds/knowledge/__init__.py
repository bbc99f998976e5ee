"""Reads ``knowledge/``: what a clinician wrote becomes frozen statements, checked and indexed."""
