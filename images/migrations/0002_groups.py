"""Viewers see everything, Contributors also upload, Editors also change and delete everyone's images."""

from django.db import migrations

GROUPS = {
    "Viewers": ["view_image"],
    "Contributors": ["view_image", "add_image"],
    "Editors": ["view_image", "add_image", "change_image", "delete_image"],
}


def make_groups(apps, schema_editor):
    Group = apps.get_model("auth", "Group")
    Permission = apps.get_model("auth", "Permission")
    ContentType = apps.get_model("contenttypes", "ContentType")
    image, _ = ContentType.objects.get_or_create(app_label="images", model="image")
    for name, codenames in GROUPS.items():
        group, _ = Group.objects.get_or_create(name=name)
        for codename in codenames:
            # Django makes permissions after all migrations; here they are needed now, named as Django will.
            permission, _ = Permission.objects.get_or_create(
                content_type=image,
                codename=codename,
                defaults={"name": f"Can {codename.partition('_')[0]} image"},
            )
            group.permissions.add(permission)


class Migration(migrations.Migration):
    dependencies = [
        ("images", "0001_initial"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [migrations.RunPython(make_groups, migrations.RunPython.noop)]
