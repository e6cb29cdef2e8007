"""What a scheduled job summed up, for figures; that the store takes nothing."""

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
        migrations.CreateModel(
            name='Refusal',
            fields=[
                ('id', models.PositiveSmallIntegerField(default=1, editable=False, primary_key=True, serialize=False)),
                ('since', models.DateTimeField()),
                ('met_at', models.DateTimeField()),
                ('is_full', models.BooleanField(db_default=False)),
            ],
            options={
                'default_permissions': (),
                'constraints': [models.CheckConstraint(condition=models.Q(('id', 1)), name='one_refusal')],
            },
        ),
    ]
