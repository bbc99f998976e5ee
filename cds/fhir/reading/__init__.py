"""Reading what clients send, whatever FHIR release it is in, into orders and a chart.

Works on plain JSON whose numbers are ``int`` and ``Decimal``. Nothing is coerced, guessed or changed: what cannot
be read is said in ``unread`` of the order or in a gap of the chart.
"""

from cds.fhir.reading.reader import Reading, read

__all__ = ["Reading", "read"]
