"""Pages as tests read them."""

from html.parser import HTMLParser


class Tags(HTMLParser):
    """The start tags of a page as (name, attributes)."""

    def __init__(self, response):
        super().__init__()
        self.all = []
        self.feed(response.content.decode())

    def handle_starttag(self, tag, attrs):
        self.all.append((tag, dict(attrs)))

    def images(self) -> list[dict]:
        """Return the attributes of every image, without the placeholders beneath them."""
        return [a for tag, a in self.all if tag == "img" and a.get("class") != "placeholder"]

    def link(self, **wanted) -> dict | None:
        return next((a for t, a in self.all if t == "a" and wanted.items() <= a.items()), None)
