"""Pages as tests read them."""

from html.parser import HTMLParser

TYPED = ("text", "hidden", "url", "number", "date", "datetime-local")


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


class Form(HTMLParser):
    """The form of a page that has a field `name`: what a browser would send of it."""

    def __init__(self, response, name: str):
        super().__init__()
        self.text = response.content.decode()
        self.fields: dict[str, str] = {}
        self._forms: list[dict[str, str]] = []
        self._open: str | None = None  # the textarea or select that is being read
        self.feed(self.text)
        self.fields = next(form for form in self._forms if name in form)

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        if tag == "form":
            self._forms.append({})
        if not self._forms:
            return
        fields = self._forms[-1]
        if tag == "input" and (attrs.get("type", "text") in TYPED or "checked" in attrs):
            fields[attrs.get("name", "")] = sent(attrs.get("value", "on" if "checked" in attrs else ""))
        elif tag in ("textarea", "select"):
            self._open = attrs.get("name", "")
            fields[self._open] = ""
        elif tag == "option" and "selected" in attrs:
            fields[self._open] = attrs["value"]

    def handle_data(self, data):
        if self._open and self.lasttag == "textarea":
            before = self._forms[-1][self._open]
            self._forms[-1][self._open] = before + sent(data if before else data.removeprefix("\n"))

    def handle_endtag(self, tag):
        if tag in ("textarea", "select"):
            self._open = None

    def filled(self, **typed: str) -> dict[str, str]:
        """Return what is sent once this was typed into it."""
        assert typed.keys() <= self.fields.keys()
        return self.fields | typed


def sent(value: str) -> str:
    """Return `value` with the ends of lines that a browser sends (HTML, 4.10.22)."""
    return value.replace("\r\n", "\n").replace("\r", "\n").replace("\n", "\r\n")
