
import chat.models.upstream
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('chat', '0005_personas'),
    ]

    operations = [
        migrations.CreateModel(
            name='McpServer',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('slug', models.SlugField(help_text="Prefix of the names of its tools.", max_length=20, unique=True)),
                ('name', models.CharField(max_length=100)),
                ('url', models.CharField(blank=True, help_text='A streamable HTTP address, often ending in /mcp.', max_length=500, validators=[chat.models.upstream.validate_base_url], verbose_name='address')),
                ('command', models.JSONField(blank=True, default=list, help_text='A program on this machine instead of an address: one word per line.')),
                ('header', models.CharField(blank=True, default='Authorization', help_text='The HTTP header that carries the secret.', max_length=64)),
                ('sealed_secret', models.TextField(blank=True, editable=False)),
                ('secret_hint', models.CharField(blank=True, editable=False, max_length=4)),
                ('is_enabled', models.BooleanField(default=True)),
                ('allow_private', models.BooleanField(default=False, help_text='The address may be private or on this machine.')),
                ('timeout_seconds', models.PositiveSmallIntegerField(default=30)),
                ('found', models.JSONField(default=list, editable=False, help_text='The tools it offered when it was last asked.')),
                ('asked_at', models.DateTimeField(editable=False, null=True)),
                ('problem', models.CharField(blank=True, editable=False, max_length=500)),
            ],
            options={
                'verbose_name': 'MCP server',
                'ordering': ['name'],
            },
        ),
    ]
