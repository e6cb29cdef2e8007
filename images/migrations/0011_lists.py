"""Tags, kept figures, and the columns that lists are found and ordered by. No row is written."""

import datetime
from importlib import import_module

import django.core.validators
import django.db.models.deletion
from django.db import migrations, models

AddColumn = import_module("images.migrations.0009_what_a_file_says").AddColumn


class Migration(migrations.Migration):

    dependencies = [
        ('images', '0010_where_and_when'),
    ]

    operations = [
        migrations.CreateModel(
            name='Figure',
            fields=[
                ('name', models.CharField(max_length=32, primary_key=True, serialize=False)),
                ('value', models.PositiveBigIntegerField()),
                ('counted_at', models.DateTimeField()),
            ],
            options={
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='Month',
            fields=[
                ('month', models.DateField(primary_key=True, serialize=False)),
                ('public', models.PositiveIntegerField(db_default=0, default=0)),
                ('all', models.PositiveIntegerField(db_default=0, default=0)),
            ],
            options={
                'ordering': ('-month',),
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='Tag',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=100, verbose_name='name')),
                ('key', models.CharField(editable=False, max_length=300, unique=True)),
                ('slug', models.SlugField(allow_unicode=True, editable=False, max_length=300, unique=True, verbose_name='address')),
                ('description', models.CharField(blank=True, db_default='', default='', max_length=1000, verbose_name='description')),
                ('color', models.CharField(blank=True, db_default='', default='', max_length=7, validators=[django.core.validators.RegexValidator('\\A#[0-9a-f]{6}\\Z', 'A colour is written #rrggbb.')], verbose_name='colour')),
                ('public', models.PositiveIntegerField(db_default=0, default=0, editable=False)),
                ('all', models.PositiveIntegerField(db_default=0, default=0, editable=False)),
            ],
            options={
                'verbose_name': 'tag',
                'verbose_name_plural': 'tags',
                'ordering': ('key',),
            },
        ),
        AddColumn(
            model_name='image',
            name='camera',
            field=models.CharField(db_default='', default='', editable=False, max_length=200),
        ),
        AddColumn(
            model_name='image',
            name='dated_at',
            field=models.DateTimeField(db_default=datetime.datetime(1970, 1, 1, 0, 0, tzinfo=datetime.timezone.utc), default=datetime.datetime(1970, 1, 1, 0, 0, tzinfo=datetime.timezone.utc), editable=False),
        ),
        AddColumn(
            model_name='image',
            name='f_number',
            field=models.FloatField(editable=False, null=True),
        ),
        AddColumn(
            model_name='image',
            name='iso',
            field=models.FloatField(editable=False, null=True),
        ),
        AddColumn(
            model_name='image',
            name='lens',
            field=models.CharField(db_default='', default='', editable=False, max_length=200),
        ),
        AddColumn(
            model_name='image',
            name='search_key',
            field=models.BigIntegerField(editable=False, null=True),
        ),
        AddColumn(
            model_name='image',
            name='search_text',
            field=models.TextField(db_default='', default='', editable=False),
        ),
        migrations.CreateModel(
            name='Tagging',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('image', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='taggings', to='images.image')),
                ('tag', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='taggings', to='images.tag')),
            ],
            options={
                'default_permissions': (),
            },
        ),
        migrations.AddField(
            model_name='image',
            name='tags',
            field=models.ManyToManyField(editable=False, related_name='images', through='images.Tagging', to='images.tag'),
        ),
        migrations.AddConstraint(
            model_name='tagging',
            constraint=models.UniqueConstraint(fields=('tag', 'image'), name='one_tagging'),
        ),
    ]
