"""Knowledge as FHIR resources: what is published here is what runs, and ``importing`` reads it back without loss.

R5 is built from the knowledge (``bundle.publish``); R4B and R4 are derived from it (``releases``), and every loss on
the way is named. Nothing here goes through ``fhir.resources``: it would lose decimals.
"""
