"""What tokens are called and may do. No row is written: one without terms is of before."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('images', '0022_library'),
        ('knox', '0009_extend_authtoken_field'),
        migrations.swappable_dependency(settings.KNOX_TOKEN_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Token',
            fields=[
            ],
            options={
                'proxy': True,
                'default_permissions': (),
                'indexes': [],
                'constraints': [],
            },
            bases=('knox.authtoken',),
        ),
        migrations.CreateModel(
            name='TokenTerms',
            fields=[
                ('token', models.OneToOneField(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='terms', serialize=False, to=settings.KNOX_TOKEN_MODEL)),
                ('name', models.CharField(db_default='', max_length=100, verbose_name='name')),
                ('scope', models.CharField(choices=[('read', 'read'), ('write', 'read and write')], db_default='write', max_length=5, verbose_name='scope')),
                ('last_used_at', models.DateTimeField(null=True, verbose_name='last used')),
                ('made_with', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.KNOX_TOKEN_MODEL)),
            ],
            options={
                'default_permissions': (),
            },
        ),
    ]
