"""The only room that knows FHIR: reading what clients send, editing their resources, publishing our knowledge."""
