"""What a person may do is what Django says, and costs one query."""

import pytest
from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import AnonymousUser, Permission, User

from tests.factories import make_user

pytestmark = pytest.mark.django_db

ALL = ("images.view_image", "images.add_image", "images.change_image", "images.delete_image", "auth.add_user")


@pytest.fixture
def people(db) -> list[User]:
    """Each kind, as a request reads them."""
    inactive, of_both = make_user("inactive", "Editors", is_active=False), make_user("both", "Viewers")
    of_both.user_permissions.add(Permission.objects.get(codename="change_image"))
    made = [inactive, of_both, make_user("none"), make_user("two", "Viewers", "Contributors")]
    return [User.objects.get(pk=user.pk) for user in [*made, make_user("root", is_superuser=True)]]


def test_it_is_what_django_says(people):
    for user in people:
        said = {name for name in ALL if user.has_perm(name)}
        again = User.objects.get(pk=user.pk)
        assert said == {name for name in ALL if ModelBackend().has_perm(again, name)}
        assert not user.has_perm("images.view_image", user) or user.is_superuser
    assert not AnonymousUser().has_perm("images.view_image")


def test_all_of_them_cost_one_query(people, django_assert_max_num_queries):
    for user in people:
        with django_assert_max_num_queries(1):
            for name in ALL:
                user.has_perm(name)
            user.has_module_perms("images")
