"""Puts what the library says of an image into packets of metadata. Pure: from those that the file has to
those of its copy, where all that is not the library's word stays as it is.
"""
