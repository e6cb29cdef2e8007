"""What a scheduled job summed up, for figures."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('images', '0031_attempts_of_jobs'),
    ]

    operations = [
        migrations.AddField(
            model_name='scheduledjob',
            name='facts',
            field=models.JSONField(editable=False, null=True),
        ),
    ]
