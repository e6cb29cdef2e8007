"""Password hashing in turns: it takes half a second of a processor, and a stranger may ask for it."""

from django.contrib.auth.hashers import PBKDF2PasswordHasher

from images.concurrency.turns import Turns

AT_ONCE = 1  # in each process
WAITING = 3  # more, who are done within about two seconds
TIMEOUT = 2  # seconds that one of them waits

turns = Turns(AT_ONCE, WAITING)


class PBKDF2InTurn(PBKDF2PasswordHasher):
    """Django's hasher, at whichever door. Raises Busy when there is no turn for the caller."""

    def encode(self, password: str, salt: str, iterations: int | None = None) -> str:
        with turns.turn("Too many people are signing in just now. Please try again in a moment.", TIMEOUT):
            return super().encode(password, salt, iterations)
