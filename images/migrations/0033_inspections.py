"""How far a job is."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('images', '0031_attempts_of_jobs'),
    ]

    operations = [
        migrations.AddField(
            model_name='scheduledjob',
            name='progress',
            field=models.CharField(blank=True, db_default='', editable=False, max_length=200),
        ),
    ]
