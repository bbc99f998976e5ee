"""The test sheet: worked cases sent to any CDS Hooks service, as a safety officer would send them."""
