"""Where the files of each format keep their metadata: found, taken out, put in. Nothing here decodes pixels."""
