"""Facts, as a pharmacist would write them down: orders, the record, quantities and codes.

Standard library only. Nothing here judges, and nothing here knows FHIR.
"""
