"""What is being deleted from the store. No row is written."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('images', '0035_indexes_of_tasks'),
    ]

    operations = [
        migrations.CreateModel(
            name='Deletion',
            fields=[
                ('key', models.CharField(editable=False, max_length=128, primary_key=True, serialize=False)),
                ('until', models.DateTimeField()),
            ],
            options={
                'default_permissions': (),
            },
        ),
    ]
