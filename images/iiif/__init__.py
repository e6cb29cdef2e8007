"""What a IIIF URL says: grammar, sizes and tiles, info.json. Knows no Django and no Pillow."""
