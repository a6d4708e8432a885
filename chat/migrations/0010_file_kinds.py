"""What more files are read: Office, e-mail, archives and scans; and what encoding a text was in."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('chat', '0009_mcp_offers'),
    ]

    operations = [
        migrations.AddField(
            model_name='attachment',
            name='count',
            field=models.PositiveIntegerField(help_text='Pages, sheets, slides, attachments or files in it.', null=True),
        ),
        migrations.AddField(
            model_name='attachment',
            name='encoding',
            field=models.CharField(blank=True, db_default='', default='', help_text='What a text was decoded from.', max_length=20),
        ),
        migrations.AddField(
            model_name='attachment',
            name='scan_bytes',
            field=models.PositiveBigIntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name='attachment',
            name='scans',
            field=models.JSONField(help_text='Numbers of the pages that are stored as pictures.', null=True),
        ),
        migrations.AlterField(
            model_name='attachment',
            name='kind',
            field=models.CharField(choices=[('image', 'Image'), ('text', 'Text'), ('pdf', 'Pdf'), ('document', 'Document'), ('sheets', 'Sheets'), ('slides', 'Slides'), ('mail', 'Mail'), ('archive', 'Archive')], max_length=10),
        ),
    ]
