"""How far a job is, which inspection read an image, and what came of reading it anew.

No row is written: null is what was read before there were versions.
"""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('images', '0032_what_was_found'),
    ]

    operations = [
        migrations.AddField(
            model_name='scheduledjob',
            name='progress',
            field=models.CharField(blank=True, db_default='', editable=False, max_length=200),
        ),
        migrations.AddField(
            model_name='image',
            name='inspection_version',
            field=models.SmallIntegerField(editable=False, null=True),
        ),
        migrations.CreateModel(
            name='InspectionProblem',
            fields=[
                ('image', models.OneToOneField(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, primary_key=True, serialize=False, to='images.image')),
                ('problem', models.CharField(choices=[('missing', 'the file is missing'), ('damaged', 'the file is damaged'), ('unreadable', 'the file could not be fetched'), ('undecodable', 'decoding it fails, or takes more than one image may take'), ('too large', 'it is larger than is taken today'), ('busy', 'there was no time to decode it'), ('says where', 'it is public and says where it was taken, and nobody said to publish that')], max_length=16, verbose_name='problem')),
            ],
            options={
                'verbose_name': 'inspection problem',
                'verbose_name_plural': 'inspection problems',
                'default_permissions': ('view',),
            },
        ),
    ]
