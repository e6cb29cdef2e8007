"""Columns for what a file says. Each has a default in the database, so no row is written: not on PostgreSQL, and
not on SQLite, where Django would copy the whole table for each of them.
"""

import django.core.validators
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor


class AddColumn(migrations.AddField):
    """Adds it by ALTER TABLE everywhere. SQLite takes that where the default is a constant."""

    def database_forwards(self, app_label, schema_editor, from_state, to_state):
        model = to_state.apps.get_model(app_label, self.model_name)
        if self.allow_migrate_model(schema_editor.connection.alias, model):
            BaseDatabaseSchemaEditor.add_field(schema_editor, model, model._meta.get_field(self.name))


class Migration(migrations.Migration):

    dependencies = [
        ('images', '0008_clean_texts'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        AddColumn(
            model_name='image',
            name='author',
            field=models.CharField(blank=True, db_default='', default='', max_length=200, verbose_name='author'),
        ),
        AddColumn(
            model_name='image',
            name='copyright',
            field=models.CharField(blank=True, db_default='', default='', max_length=500, verbose_name='copyright notice'),
        ),
        AddColumn(
            model_name='image',
            name='credit',
            field=models.CharField(blank=True, db_default='', default='', max_length=200, verbose_name='credit line'),
        ),
        AddColumn(
            model_name='image',
            name='decorative',
            field=models.BooleanField(db_default=False, default=False, help_text='It tells nothing that a person who cannot see it would miss.', verbose_name='decorative'),
        ),
        AddColumn(
            model_name='image',
            name='derived_from',
            field=models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='copies', to='images.image', verbose_name='copy of'),
        ),
        AddColumn(
            model_name='image',
            name='has_location',
            field=models.BooleanField(db_default=False, default=False, editable=False, verbose_name='says where it was taken'),
        ),
        AddColumn(
            model_name='image',
            name='keywords',
            field=models.JSONField(blank=True, db_default=models.Value([], models.JSONField()), default=list, verbose_name='keywords'),
        ),
        AddColumn(
            model_name='image',
            name='licence',
            field=models.CharField(blank=True, db_default='', default='', max_length=64, validators=[django.core.validators.RegexValidator('\\A[A-Za-z0-9][A-Za-z0-9.+-]*\\Z', 'An identifier of SPDX, such as CC-BY-4.0.')], verbose_name='licence'),
        ),
        AddColumn(
            model_name='image',
            name='location_kept',
            field=models.BooleanField(db_default=False, default=False, editable=False),
        ),
        AddColumn(
            model_name='image',
            name='source_hash',
            field=models.CharField(editable=False, max_length=64, null=True, verbose_name='SHA-256 as sent'),
        ),
        AddColumn(
            model_name='image',
            name='source_url',
            field=models.URLField(blank=True, db_default='', default='', max_length=2000, validators=[django.core.validators.URLValidator(['http', 'https'])], verbose_name='source'),
        ),
        AddColumn(
            model_name='image',
            name='taken_day',
            field=models.DateField(editable=False, null=True, verbose_name='day taken'),
        ),
        AddColumn(
            model_name='image',
            name='taken_from',
            field=models.CharField(choices=[('file', 'what the camera wrote'), ('name', 'the name of the file'), ('upload', 'its sender'), ('hand', 'a correction')], db_default='', default='', editable=False, max_length=6, verbose_name='known from'),
        ),
        AddColumn(
            model_name='image',
            name='taken_offset',
            field=models.SmallIntegerField(blank=True, null=True, validators=[django.core.validators.MinValueValidator(-1080), django.core.validators.MaxValueValidator(1080)], verbose_name='minutes east of UTC'),
        ),
        migrations.AlterField(
            model_name='image',
            name='taken_at',
            field=models.DateTimeField(blank=True, null=True, verbose_name='taken'),
        ),
        migrations.AddIndex(
            model_name='image',
            index=models.Index(condition=models.Q(('source_hash__isnull', False)), fields=['source_hash'], name='image_source'),
        ),
        migrations.AddIndex(
            model_name='image',
            index=models.Index(condition=models.Q(('taken_day__isnull', False)), fields=['-taken_day', '-id'], name='image_taken'),
        ),
    ]
