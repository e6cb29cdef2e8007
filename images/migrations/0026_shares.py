"""Share links. No row is written."""

import django.db.models.deletion
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('images', '0025_unlisted'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='ShareLink',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('digest', models.CharField(editable=False, max_length=64, unique=True)),
                ('target', models.CharField(choices=[('image', 'an image'), ('album', 'an album'), ('search', 'a search'), ('selection', 'a selection')], editable=False, max_length=9, verbose_name='shows')),
                ('search', models.CharField(blank=True, db_default='', default='', max_length=1000, verbose_name='search')),
                ('note', models.CharField(blank=True, db_default='', default='', max_length=200, verbose_name='for whom')),
                ('expires_at', models.DateTimeField(blank=True, null=True, verbose_name='expires')),
                ('password', models.CharField(blank=True, db_default='', max_length=128)),
                ('may_download', models.BooleanField(db_default=False, default=False, verbose_name='may download originals')),
                ('may_locate', models.BooleanField(db_default=False, default=False, verbose_name='originals say where they were taken')),
                ('visits', models.PositiveIntegerField(db_default=0, default=0, editable=False, verbose_name='visits')),
                ('last_visit_at', models.DateTimeField(editable=False, null=True, verbose_name='last visit')),
                ('revoked_at', models.DateTimeField(editable=False, null=True, verbose_name='revoked')),
                ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='made')),
                ('album', models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='shares', to='images.album')),
                ('image', models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='shares', to='images.image')),
                ('maker', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.CASCADE, related_name='shares', to=settings.AUTH_USER_MODEL, verbose_name='made by')),
            ],
            options={
                'verbose_name': 'share link',
                'verbose_name_plural': 'share links',
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='SharedImage',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('position', models.PositiveIntegerField()),
                ('share', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='entries', to='images.sharelink')),
                ('image', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='images.image')),
            ],
            options={
                'default_permissions': (),
            },
        ),
        migrations.AddField(
            model_name='sharelink',
            name='selection',
            field=models.ManyToManyField(editable=False, related_name='selected_by', through='images.SharedImage', to='images.image'),
        ),
        migrations.AddIndex(
            model_name='sharelink',
            index=models.Index(fields=['maker', '-created_at', '-id'], name='share_of_maker'),
        ),
        migrations.AddIndex(
            model_name='sharelink',
            index=models.Index(fields=['-created_at', '-id'], name='share_latest'),
        ),
        migrations.AddIndex(
            model_name='sharedimage',
            index=models.Index(fields=['share', 'position', 'id'], name='shared_position'),
        ),
        migrations.AddConstraint(
            model_name='sharedimage',
            constraint=models.UniqueConstraint(fields=('share', 'image'), name='one_shared_image'),
        ),
    ]
