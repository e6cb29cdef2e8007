"""A search that fills an album. No row is written."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('images', '0019_changes'),
    ]

    operations = [
        migrations.AddField(
            model_name='album',
            name='search',
            field=models.CharField(blank=True, db_default='', default='', max_length=1000, verbose_name='search'),
        ),
    ]
