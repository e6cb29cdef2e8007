"""Albums, their addresses and their entries. No row is written."""

import django.db.models.deletion
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('images', '0016_short_words'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Album',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('slug', models.SlugField(allow_unicode=True, editable=False, max_length=600, unique=True, verbose_name='address')),
                ('title', models.CharField(max_length=200, verbose_name='title')),
                ('key', models.CharField(editable=False, max_length=600)),
                ('description', models.TextField(blank=True, db_default='', default='', max_length=10000, verbose_name='description')),
                ('visibility', models.CharField(choices=[('public', 'Public'), ('private', 'Private')], db_default='private', default='private', max_length=7, verbose_name='visibility')),
                ('ordering', models.CharField(choices=[('hand', 'By hand'), ('taken_at', 'Oldest first'), ('-taken_at', 'Newest first'), ('title', 'By title'), ('filename', 'By file name')], db_default='hand', default='hand', max_length=9, verbose_name='order')),
                ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='made')),
                ('updated_at', models.DateTimeField(auto_now=True, verbose_name='changed')),
                ('public', models.PositiveIntegerField(db_default=0, default=0, editable=False)),
                ('all', models.PositiveIntegerField(db_default=0, default=0, editable=False)),
                ('cover', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='images.image', verbose_name='cover')),
                ('made_by', models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='albums', to=settings.AUTH_USER_MODEL, verbose_name='made by')),
            ],
            options={
                'verbose_name': 'album',
                'verbose_name_plural': 'albums',
                'ordering': ('key',),
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='AlbumEntry',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('position', models.BigIntegerField()),
                ('album', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='entries', to='images.album')),
                ('image', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='entries', to='images.image')),
            ],
            options={
                'default_permissions': (),
            },
        ),
        migrations.AddField(
            model_name='album',
            name='images',
            field=models.ManyToManyField(editable=False, related_name='albums', through='images.AlbumEntry', to='images.image'),
        ),
        migrations.CreateModel(
            name='AlbumSlug',
            fields=[
                ('slug', models.CharField(max_length=600, primary_key=True, serialize=False)),
                ('album', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='slugs', to='images.album')),
            ],
            options={
                'default_permissions': (),
            },
        ),
        migrations.AddIndex(
            model_name='albumentry',
            index=models.Index(fields=['album', 'position', 'id'], name='album_position'),
        ),
        migrations.AddConstraint(
            model_name='albumentry',
            constraint=models.UniqueConstraint(fields=('album', 'image'), name='one_album_entry'),
        ),
        migrations.AddIndex(
            model_name='album',
            index=models.Index(fields=['key', 'id'], name='album_key'),
        ),
        migrations.AddIndex(
            model_name='album',
            index=models.Index(fields=['created_at', 'id'], name='album_created_at'),
        ),
    ]
