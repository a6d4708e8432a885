import django.core.validators
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('chat', '0014_provider_and_headers'),
    ]

    operations = [
        migrations.AddField(
            model_name='upstream',
            name='content_seconds',
            field=models.FloatField(db_default=300, default=300, validators=[django.core.validators.MinValueValidator(0.1)]),
        ),
    ]
