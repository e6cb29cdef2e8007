"""Images that nothing could be drawn of. No row is written."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('images', '0028_last_key'),
    ]

    operations = [
        migrations.CreateModel(
            name='Undrawn',
            fields=[
                ('image', models.OneToOneField(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, primary_key=True, serialize=False, to='images.image')),
                ('problem', models.CharField(choices=[('missing', 'the file is missing'), ('damaged', 'the file is damaged'), ('unrenderable', 'drawing it fails, or takes more than one image may take')], max_length=16)),
            ],
            options={
                'default_permissions': (),
            },
        ),
    ]
