"""What a model or a tool gives may be sound."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('chat', '0015_content_seconds'),
    ]

    operations = [
        migrations.AlterField(
            model_name='attachment',
            name='kind',
            field=models.CharField(choices=[('image', 'Image'), ('text', 'Text'), ('pdf', 'Pdf'), ('document', 'Document'), ('sheets', 'Sheets'), ('slides', 'Slides'), ('mail', 'Mail'), ('archive', 'Archive'), ('audio', 'Audio')], max_length=10),
        ),
    ]
