"""The library: one Django app, a package for each concern.

    apps.py         the app and its system checks
    text.py         text as it is kept: what titles and other words are made of
    errors.py       all that the library refuses or fails with
    accounts/       who is asking: tokens, sessions, sign-in, lockout, visits of share links
    admin/          Django's admin: curation, credentials
    api/            JSON for programs: viewsets, serializers, OpenAPI
    catalogue/      the rules of the rows: who sees which, search, curation, trash, cursors
    concurrency/    locks and counts across processes, deadlines of queries, work in threads
    http/           what every door shares: problems, error pages, limits, origin, health, branding, secrecy
    iiif/           what a IIIF URL says: grammar, sizes and tiles, info.json
    imaging/        what a file is and how it is drawn: formats, decoding, rendering, sandbox
    ingest/         the way in: one file, one from an address, folders, samples
    maintenance/    the whole library at once: verify, prune, back up, restore
    management/     the commands: parse, call, print
    models/         the rows, and the fields of text as it is kept
    pages/          HTML for people: gallery, image, upload, trash
    renditions/     derived images: find, draw, keep, draw ahead
    serving/        bytes over HTTP: views, conditions, ranges, the fast path
    tasks/          what a request need not wait for: the queue, and who works it off
    templatetags/   what templates call, registered from pages and catalogue

Words. An image is a row; its bytes are an object, stored under a key that ends in their SHA-256, the digest.
The original is the object as it was uploaded, a rendition one derived from it, a spec what a rendition's URL
asks for. The catalogue is what the database says of all images, a manifest its backup in the store.

Imports point down only; tests/unit/test_architecture.py draws the layers and holds every module to them.
"""
