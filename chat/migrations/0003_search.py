
import django.db.models.deletion
from django.db import migrations, models

from chat.search import index


def create(apps, schema_editor):
    index.create(schema_editor.connection)


def drop(apps, schema_editor):
    index.drop(schema_editor.connection)


def fill(apps, schema_editor):
    messages = apps.get_model('chat', 'Message').objects.using(schema_editor.connection.alias)
    index.fill(messages, apps.get_model('chat', 'IndexedText'))


class Migration(migrations.Migration):

    dependencies = [
        ('chat', '0002_client'),
    ]

    operations = [
        migrations.CreateModel(
            name='IndexedText',
            fields=[
                ('message', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='indexed', serialize=False, to='chat.message')),
                ('text', models.TextField()),
                ('conversation', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='chat.conversation')),
            ],
        ),
        migrations.RunPython(create, drop),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
