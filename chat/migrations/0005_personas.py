
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('chat', '0004_tools'),
    ]

    operations = [
        migrations.CreateModel(
            name='Persona',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=60)),
                ('deleted_at', models.DateTimeField(help_text='No longer offered; its versions stay for the record.', null=True)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('owner', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='personas', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['name', 'id'],
            },
        ),
        migrations.CreateModel(
            name='PersonaVersion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveIntegerField()),
                ('name', models.CharField(max_length=60)),
                ('upstream', models.CharField(blank=True, help_text='Empty: whatever the conversation has.', max_length=64)),
                ('model', models.CharField(blank=True, max_length=200)),
                ('options', models.JSONField(default=dict)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('created_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('persona', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='versions', to='chat.persona')),
            ],
            options={
                'ordering': ['-number'],
            },
        ),
        migrations.AddField(
            model_name='persona',
            name='current',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.RESTRICT, related_name='+', to='chat.personaversion'),
        ),
        migrations.AddField(
            model_name='conversation',
            name='persona',
            field=models.ForeignKey(help_text='Whose model and options these are, until somebody chooses others.', null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='conversations', to='chat.personaversion'),
        ),
        migrations.AddField(
            model_name='run',
            name='persona',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='runs', to='chat.personaversion'),
        ),
        migrations.AddConstraint(
            model_name='personaversion',
            constraint=models.UniqueConstraint(fields=('persona', 'number'), name='one_version_per_number'),
        ),
    ]
