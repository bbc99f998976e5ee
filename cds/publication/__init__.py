"""The knowledge as a read-only FHIR server: what is read and found here is what runs."""
