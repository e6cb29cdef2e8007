"""What a file is and how it is drawn: formats, decoding, rendering, sandbox. Knows no Django."""
