"""What the cards did: how many, what prescribers made of them, and what to look at; as figures, text and pictures."""
