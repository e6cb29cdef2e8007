"""What is set of the library as a whole. No row is written."""

import django.core.validators
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('images', '0021_undescribed'),
    ]

    operations = [
        migrations.CreateModel(
            name='Library',
            fields=[
                ('id', models.PositiveSmallIntegerField(default=1, editable=False, primary_key=True, serialize=False)),
                ('name', models.CharField(blank=True, db_default='', default='', max_length=60, verbose_name='name')),
                ('accent', models.CharField(blank=True, db_default='', default='', max_length=7, validators=[django.core.validators.RegexValidator('\\A#([0-9a-f]{6})\\Z', 'A colour is written #rrggbb.')], verbose_name='accent colour')),
                ('footer', models.CharField(blank=True, db_default='', default='', max_length=1000, verbose_name='footer')),
                ('imprint_url', models.CharField(blank=True, db_default='', default='', max_length=500, verbose_name='imprint')),
                ('privacy_url', models.CharField(blank=True, db_default='', default='', max_length=500, verbose_name='privacy policy')),
                ('logo', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='images.image', verbose_name='logo')),
            ],
            options={
                'verbose_name': 'library',
                'verbose_name_plural': 'library',
                'default_permissions': ('change',),
                'constraints': [models.CheckConstraint(condition=models.Q(('id', 1)), name='one_library')],
            },
        ),
    ]
