"""Free-text directions ("25 mg PO twice daily as needed"), read whole or not at all.

A hand-written tokenizer and grammar: every token has to be understood, and the meaning has to be one. There are no
regular expressions, so no text can make it slow.
"""

from cds.fhir.reading.sig.grammar import parse
from cds.fhir.reading.sig.meaning import Frequency, Sig, amounts_named, read_frequency, read_sig, split_name

__all__ = ["Frequency", "Sig", "amounts_named", "parse", "read_frequency", "read_sig", "split_name"]
