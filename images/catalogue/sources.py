"""Where the rows of a list come from: an index that finds few of them, or the index of its order."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain

from django.core.exceptions import EmptyResultSet
from django.db.models import Q, QuerySet

from images.catalogue.access import AnyUser, listed_for, seen_by, trashed_images
from images.catalogue.conditions import Conditions
from images.catalogue.drivers import Driver, driver_of, drivers_of, fewest
from images.catalogue.query import Field, Node, Text, conjuncts, leaves
from images.catalogue.rows import NOTHING, checked
from images.catalogue.saved_searches import written_out
from images.catalogue.tag_names import key_of
from images.catalogue.texts import FEW
from images.models import Album, Image, Tag

NEWEST = "-created_at"


def is_by_upload(ordering: str) -> bool:
    return ordering.lstrip("-") == "created_at"


@dataclass(frozen=True)
class Source:
    """What is asked of the database for a list: nodes and `given` hold, in an order, of what `user` sees or
    may restore from the trash.
    """

    user: AnyUser
    nodes: tuple[Node, ...]
    given: Q
    ordering: str
    is_trash: bool
    album: Album | None = None  # an unlisted one, whose unlisted images are seen, too

    @cached_property
    def found(self) -> Q:
        """What the person asks for."""
        return Q(*(self._conditions.of(node) for node in self._nodes)) & self.given

    @cached_property
    def seen(self) -> Q:
        """What the person sees of `base`."""
        if self.is_trash:
            return Q()
        return seen_by(self.user) if self.album else listed_for(self.user)

    @cached_property
    def base(self) -> QuerySet[Image]:
        return trashed_images(self.user).order_by() if self.is_trash else self._conditions.base

    @cached_property
    def few(self) -> QuerySet[Image] | None:
        """The rows that are found, where an index finds few, of each of which the rest is checked."""
        if not self._rarest or self._rarest[1] > FEW:
            return None
        driver, count = self._rarest
        return (
            self.base.filter(driver.condition, checked(self.seen & self._rest(driver)))
            if count
            else self.base.none()
        )

    @cached_property
    def some(self) -> tuple[QuerySet[Image], Q] | None:
        """Some of the rows that an index finds of many, and what is checked of each; None without such an
        index.
        """
        if not self._rarest:
            return None
        driver, _ = self._rarest
        return self.base.filter(driver.condition), self.seen & self._rest(driver)

    def along(self, ordering: str) -> tuple[QuerySet[Image], Q]:
        """Return the rows along the index of an order, and what is checked of each: there is an index of what
        strangers see alone, from the newest.
        """
        if self._is_public(ordering):
            return self.base.filter(self.seen), self.found
        return self.base, self.seen & self.found

    def kept_count(self) -> int:
        """Return the kept figure of the tag that is all that is asked for, 0 where it is something else. Of
        what the person sees there may be more.
        """
        match self.nodes:
            case [Field("tag", Text(name))] if not (self.given or self.is_trash):
                figure = "all" if self._conditions.sees_all else "public"
                return Tag.objects.filter(key=key_of(name)).values_list(figure, flat=True).first() or 0
        return 0

    @cached_property
    def _nodes(self) -> Sequence[Node]:
        """The nodes, and in place of albums that fill themselves what these ask for."""
        names = {leaf.name for node in self.nodes for leaf in leaves(node) if isinstance(leaf, Field)}
        if "album" not in names:
            return self.nodes
        written = (written_out(node, self._conditions.albums) for node in self.nodes)
        return tuple(chain.from_iterable(map(conjuncts, written)))

    @cached_property
    def _conditions(self) -> Conditions:
        return Conditions(self.user, is_trash=self.is_trash, album=self.album)

    @cached_property
    def _rarest(self) -> tuple[Driver, int] | None:
        """The driver with the fewest rows and their number, of more than FEW one more."""
        try:
            self.base.filter(self.found).query.sql_with_params()
        except EmptyResultSet:  # it contradicts itself, or names what is not there
            return driver_of(NOTHING, self.base), 0
        drivers = drivers_of(self._nodes, self._conditions)
        if self.is_trash:
            drivers.append(driver_of(Q(), self.base))
        elif self.seen and not (self.user.is_authenticated or self._is_public(self.ordering)):
            drivers.append(driver_of(self.seen, self.base))
        return fewest(drivers, self.base)

    def _is_public(self, ordering: str) -> bool:
        return is_by_upload(ordering) and not (self.user.is_authenticated or self.album)

    def _rest(self, driver: Driver) -> Q:
        """Return what the person asks for beside the driver's nodes."""
        rest = [node for node in self._nodes if node not in driver.nodes]
        return Q(*map(self._conditions.of, rest)) & self.given
