"""What the library does by itself, and when. No row is written: workers make them."""

import django.db.models.functions.datetime
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('images', '0029_undrawn'),
    ]

    operations = [
        migrations.CreateModel(
            name='ScheduledJob',
            fields=[
                ('name', models.CharField(editable=False, max_length=32, primary_key=True, serialize=False)),
                ('is_on', models.BooleanField(db_default=False, verbose_name='on')),
                ('due_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name='next run')),
                ('lease_until', models.DateTimeField(editable=False, null=True)),
                ('worker', models.CharField(blank=True, db_default='', editable=False, max_length=128)),
                ('begun_at', models.DateTimeField(editable=False, null=True, verbose_name='last run')),
                ('ended_at', models.DateTimeField(editable=False, null=True)),
                ('outcome', models.CharField(blank=True, choices=[('', 'not run yet'), ('well', 'all is well'), ('problems', 'found problems'), ('failed', 'could not be done')], db_default='', editable=False, max_length=16, verbose_name='outcome')),
                ('result', models.TextField(blank=True, db_default='', editable=False, verbose_name='result')),
            ],
            options={
                'verbose_name': 'scheduled job',
                'verbose_name_plural': 'scheduled jobs',
                'default_permissions': ('view', 'change'),
            },
        ),
        migrations.CreateModel(
            name='Warned',
            fields=[
                ('kind', models.CharField(max_length=32, primary_key=True, serialize=False)),
                ('told_at', models.DateTimeField()),
            ],
            options={
                'default_permissions': (),
            },
        ),
    ]
