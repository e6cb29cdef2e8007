"""Who is asking: tokens, sessions, sign-in, lockout."""
