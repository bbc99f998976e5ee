"""A published bundle becomes knowledge again. What is not understood is refused in words, never passed over.

Reading is closed: what was read is published once more and compared with what was given, so that an element that
nothing read cannot stay unseen (``difference``).
"""
