"""What servers compare their secret keys with. No row is written."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('images', '0027_invitations'),
    ]

    operations = [
        migrations.CreateModel(
            name='LastKey',
            fields=[
                ('id', models.PositiveSmallIntegerField(default=1, editable=False, primary_key=True, serialize=False)),
                ('digest', models.CharField(editable=False, max_length=128)),
            ],
            options={
                'default_permissions': (),
                'constraints': [models.CheckConstraint(condition=models.Q(('id', 1)), name='one_last_key')],
            },
        ),
    ]
