"""Invitations, and the group Editors may make them."""

import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

EDITS = {"view_image", "add_image", "change_image", "delete_image"}  # what 0002 gave


def let_editors_invite(apps, schema_editor):
    """Give it to the group that is called Editors, where it may still do all that it could at first: somebody who took
    something from it did not mean to have it give accounts away.
    """
    Group = apps.get_model("auth", "Group")
    Permission = apps.get_model("auth", "Permission")
    ContentType = apps.get_model("contenttypes", "ContentType")
    editors = Group.objects.filter(name="Editors").first()
    if not editors:
        return
    own = editors.permissions.filter(content_type__app_label="images").values_list("codename", flat=True)
    if EDITS <= set(own):
        invitation, _ = ContentType.objects.get_or_create(app_label="images", model="invitation")
        # Django makes permissions after all migrations; here it is needed now, named as Django will.
        permission, _ = Permission.objects.get_or_create(
            content_type=invitation, codename="add_invitation", defaults={"name": "Can add invitation"}
        )
        editors.permissions.add(permission)


class Migration(migrations.Migration):

    dependencies = [
        ('auth', '0012_alter_user_first_name_max_length'),
        ('contenttypes', '0002_remove_content_type_name'),
        ('images', '0026_shares'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Invitation',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('secret_hash', models.CharField(editable=False, max_length=64, unique=True)),
                ('note', models.CharField(blank=True, db_default='', default='', max_length=100, verbose_name='for')),
                ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='made')),
                ('expires_at', models.DateTimeField(verbose_name='ends')),
                ('group', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='auth.group', verbose_name='group')),
                ('made_by', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='invitations', to=settings.AUTH_USER_MODEL, verbose_name='made by')),
                ('used_by', models.OneToOneField(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='invitation', to=settings.AUTH_USER_MODEL, verbose_name='used by')),
            ],
            options={
                'verbose_name': 'invitation',
                'verbose_name_plural': 'invitations',
                'default_permissions': ('add', 'delete', 'view'),
                'indexes': [models.Index(fields=['made_by', '-created_at', '-id'], name='invitation_newest'), models.Index(fields=['-created_at', '-id'], name='invitation_created_at')],
            },
        ),
        migrations.RunPython(let_editors_invite, migrations.RunPython.noop),
    ]
