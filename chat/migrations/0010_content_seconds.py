import django.core.validators
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('chat', '0009_mcp_offers'),
    ]

    operations = [
        migrations.AddField(
            model_name='upstream',
            name='content_seconds',
            field=models.FloatField(db_default=300, default=300, validators=[django.core.validators.MinValueValidator(0.1)]),
        ),
    ]
