"""How often a job was begun; what a warning said, and since when it is over."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('images', '0030_schedule'),
    ]

    operations = [
        migrations.AddField(
            model_name='scheduledjob',
            name='attempts',
            field=models.PositiveSmallIntegerField(db_default=0, editable=False),
        ),
        migrations.AddField(
            model_name='warned',
            name='over_since',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='warned',
            name='sentence',
            field=models.TextField(db_default=''),
        ),
        migrations.AlterField(
            model_name='warned',
            name='kind',
            field=models.CharField(max_length=128, primary_key=True, serialize=False),
        ),
    ]
