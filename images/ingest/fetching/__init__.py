"""A file from an address on the web, fetched by the server and from nowhere but the internet."""
