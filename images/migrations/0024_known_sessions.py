"""Whose each session is. Who is signed in stays so."""

import uuid
from datetime import timedelta
from itertools import islice

import django.db.models.deletion
from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.db import migrations, models
from django.utils import timezone

AT_ONCE = 1000  # rows


def know_sessions(apps, schema_editor):
    """Write down whose each session is. When it was signed in follows from when it ends."""
    Session, KnownSession = apps.get_model("sessions", "Session"), apps.get_model("images", "KnownSession")
    User = apps.get_model(settings.AUTH_USER_MODEL)
    store, age = SessionStore(), timedelta(seconds=settings.SESSION_COOKIE_AGE)
    rows = Session.objects.filter(expire_date__gt=timezone.now()).iterator(AT_ONCE)
    while batch := [*islice(rows, AT_ONCE)]:
        owners = {row.pk: store.decode(row.session_data).get(SESSION_KEY) for row in batch}
        people = set(User.objects.filter(pk__in={owner for owner in owners.values() if owner}).values_list("pk", flat=True))
        KnownSession.objects.bulk_create(
            KnownSession(
                session_id=row.pk,
                user_id=int(owners[row.pk]),
                created_at=row.expire_date - age,
                seen_at=row.expire_date - age,
            )
            for row in batch
            if owners[row.pk] and int(owners[row.pk]) in people
        )


class Migration(migrations.Migration):

    dependencies = [
        ('images', '0023_tokens'),
        ('sessions', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='KnownSession',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('agent', models.CharField(db_default='', max_length=300)),
                ('created_at', models.DateTimeField()),
                ('seen_at', models.DateTimeField()),
                ('session', models.OneToOneField(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name='known', to='sessions.session')),
                ('user', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'default_permissions': (),
                'indexes': [models.Index(fields=['user', '-seen_at', '-id'], name='known_session_latest')],
            },
        ),
        migrations.RunPython(know_sessions, migrations.RunPython.noop, elidable=True),
    ]
