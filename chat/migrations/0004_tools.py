
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('chat', '0003_search'),
    ]

    operations = [
        migrations.CreateModel(
            name='ToolPolicy',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('tool', models.CharField(max_length=128, unique=True)),
                ('is_on', models.BooleanField(default=True, help_text='Offer this tool to models.')),
                ('for_owners', models.CharField(choices=[('auto', 'run automatically'), ('ask', 'require approval'), ('deny', 'never run')], default='ask', max_length=4)),
                ('for_editors', models.CharField(choices=[('auto', 'run automatically'), ('ask', 'require approval'), ('deny', 'never run')], default='ask', max_length=4)),
                ('deciders', models.CharField(choices=[('asker', 'the person who asked'), ('writers', 'anyone who can write in the conversation'), ('owners', 'owners of the conversation')], default='writers', max_length=7)),
                ('may_edit', models.BooleanField(default=True, help_text='The person who decides can edit the arguments.')),
            ],
            options={
                'verbose_name': 'tool',
                'ordering': ['tool'],
            },
        ),
        migrations.CreateModel(
            name='ToolCall',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('place', models.PositiveIntegerField()),
                ('tool', models.CharField(db_index=True, max_length=128)),
                ('arguments', models.TextField(help_text='As they were called: a person may have changed them.')),
                ('status', models.CharField(choices=[('asked', 'Asked'), ('approved', 'Approved'), ('denied', 'Denied'), ('expired', 'Expired'), ('running', 'Running'), ('done', 'Done'), ('failed', 'Failed'), ('stopped', 'Stopped')], db_index=True, max_length=8)),
                ('deciders', models.CharField(choices=[('asker', 'the person who asked'), ('writers', 'anyone who can write in the conversation'), ('owners', 'owners of the conversation')], default='writers', max_length=7)),
                ('may_edit', models.BooleanField(default=True)),
                ('decided_at', models.DateTimeField(null=True)),
                ('is_edited', models.BooleanField(default=False)),
                ('created_at', models.DateTimeField(auto_now_add=True, db_index=True)),
                ('expires_at', models.DateTimeField(help_text='Nobody may decide after this.', null=True)),
                ('started_at', models.DateTimeField(null=True)),
                ('ended_at', models.DateTimeField(null=True)),
                ('result_chars', models.PositiveBigIntegerField(null=True)),
                ('decided_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='decided_tool_calls', to=settings.AUTH_USER_MODEL)),
                ('message', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='tool_calls', to='chat.message')),
                ('requested_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('run', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='tool_calls', to='chat.run')),
            ],
            options={
                'ordering': ['-created_at', '-id'],
                'constraints': [models.UniqueConstraint(fields=('message', 'place'), name='one_call_per_place')],
            },
        ),
    ]
