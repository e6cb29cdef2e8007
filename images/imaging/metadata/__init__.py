"""What a file says of itself: a reader and a detector of its packets. Text in them is a stranger's.

    reading    what the packets say, merged field by field
    location   whether anything in them says where
    exif, iptc, xmp, texts    each kind of packet, read into a table of fields by name
    tiff, moments, licences, words    directories of fields; times; identifiers of licences; text

No packet raises: what cannot be read is absent, and to the detector it says where.
"""
