"""Judgement: which statements hold for these orders and this record. Pure functions of facts; time comes in."""
