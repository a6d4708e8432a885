
import django.db.models.deletion
import django.utils.timezone
import uuid
from django.conf import settings
from django.db import migrations, models


def list_in_order(apps, schema_editor):
    Conversation, Membership = apps.get_model('chat', 'Conversation'), apps.get_model('chat', 'Membership')
    its_time = Conversation.objects.filter(pk=models.OuterRef('conversation')).values('updated_at')
    Membership.objects.update(listed_at=models.Subquery(its_time))


class Migration(migrations.Migration):

    dependencies = [
        ('chat', '0001_initial'),
    ]

    operations = [
        migrations.AddField(
            model_name='conversation',
            name='options',
            field=models.JSONField(default=dict, help_text='System prompt, temperature and the like, where they were set.'),
        ),
        migrations.AddField(
            model_name='conversation',
            name='trashed_at',
            field=models.DateTimeField(db_index=True, help_text='Since when it is in the trash.', null=True),
        ),
        migrations.AddField(
            model_name='conversation',
            name='trashed_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='trashed_conversations', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='membership',
            name='archived_at',
            field=models.DateTimeField(help_text="Since when it is out of this person's list.", null=True),
        ),
        migrations.AddField(
            model_name='membership',
            name='pinned_at',
            field=models.DateTimeField(help_text="Since when it stands on top of this person's list.", null=True),
        ),
        migrations.AddField(
            model_name='message',
            name='trashed_at',
            field=models.DateTimeField(help_text='Since when it, and all below it, is in the trash.', null=True),
        ),
        migrations.AddIndex(
            model_name='message',
            index=models.Index(condition=models.Q(('trashed_at__isnull', False)), fields=['trashed_at'], name='message_trashed'),
        ),
        migrations.AddField(
            model_name='message',
            name='trashed_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='run',
            name='options',
            field=models.JSONField(default=dict, help_text="The conversation's options when it was asked for."),
        ),
        migrations.AddField(
            model_name='upstream',
            name='images',
            field=models.CharField(choices=[('auto', 'Detect by name'), ('all', 'All'), ('none', 'None')], default='auto', max_length=4, verbose_name='models that accept pictures'),
        ),
        migrations.AddField(
            model_name='user',
            name='preferences',
            field=models.JSONField(default=dict, editable=False, help_text='What the page remembers for them.'),
        ),
        migrations.CreateModel(
            name='Attachment',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('name', models.CharField(max_length=255)),
                ('kind', models.CharField(choices=[('image', 'Image'), ('text', 'Text'), ('pdf', 'Pdf')], max_length=5)),
                ('media_type', models.CharField(max_length=100)),
                ('size_bytes', models.PositiveBigIntegerField()),
                ('width', models.PositiveIntegerField(null=True)),
                ('height', models.PositiveIntegerField(null=True)),
                ('text', models.TextField(blank=True, help_text='What was read out of it.')),
                ('created_at', models.DateTimeField(auto_now_add=True, db_index=True)),
                ('message', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='attachments', to='chat.message')),
                ('owner', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='attachments', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name='Folder',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=60)),
                ('is_open', models.BooleanField(default=False, help_text='Whether the list shows what is in it.')),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='folders', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['name', 'id'],
            },
        ),
        migrations.AddField(
            model_name='membership',
            name='folder',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='memberships', to='chat.folder'),
        ),
        migrations.AddField(
            model_name='membership',
            name='listed_at',
            field=models.DateTimeField(default=django.utils.timezone.now, help_text="Its conversation's updated_at: here, so that one index has a list in order."),
        ),
        migrations.RunPython(list_in_order, migrations.RunPython.noop),
        migrations.AddIndex(
            model_name='membership',
            index=models.Index(condition=models.Q(('archived_at', None), ('folder', None), ('pinned_at', None)), fields=['user', '-listed_at', '-conversation'], name='membership_listed'),
        ),
        migrations.AddIndex(
            model_name='membership',
            index=models.Index(condition=models.Q(('archived_at', None), ('pinned_at', None)), fields=['folder', '-listed_at', '-conversation'], name='membership_in_folder'),
        ),
        migrations.AddIndex(
            model_name='membership',
            index=models.Index(condition=models.Q(('archived_at__isnull', False)), fields=['user', '-listed_at', '-conversation'], name='membership_archived'),
        ),
        migrations.AddIndex(
            model_name='membership',
            index=models.Index(condition=models.Q(('pinned_at__isnull', False)), fields=['user', '-listed_at', '-conversation'], name='membership_pinned'),
        ),
        migrations.CreateModel(
            name='Draft',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('text', models.TextField()),
                ('revision', models.PositiveBigIntegerField(default=0, help_text='Counts the changes; the newest wins.')),
                ('updated_at', models.DateTimeField(auto_now=True)),
                ('conversation', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='drafts', to='chat.conversation')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='drafts', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('user', 'conversation'), name='one_draft_each'), models.UniqueConstraint(condition=models.Q(('conversation', None)), fields=('user',), name='one_new_draft_each')],
            },
        ),
        migrations.CreateModel(
            name='Feedback',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('value', models.SmallIntegerField(choices=[(1, 'good'), (-1, 'bad')])),
                ('reason', models.CharField(blank=True, max_length=2000)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('message', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='feedback', to='chat.message')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='feedback', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name_plural': 'feedback',
                'constraints': [models.UniqueConstraint(fields=('message', 'user'), name='one_feedback_each')],
            },
        ),
        migrations.CreateModel(
            name='Prompt',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(help_text='What is typed after the slash.', max_length=40)),
                ('text', models.TextField()),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('updated_at', models.DateTimeField(auto_now=True)),
                ('owner', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='prompts', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['name', 'id'],
                'constraints': [models.UniqueConstraint(fields=('owner', 'name'), name='one_prompt_per_name'), models.UniqueConstraint(condition=models.Q(('owner', None)), fields=('name',), name='one_team_prompt_per_name')],
            },
        ),
        migrations.CreateModel(
            name='QueuedMessage',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('client_id', models.CharField(max_length=64)),
                ('parts', models.JSONField(default=list)),
                ('upstream', models.CharField(blank=True, max_length=64)),
                ('model', models.CharField(blank=True, max_length=200)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('after', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='chat.message')),
                ('author', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='queued_messages', to=settings.AUTH_USER_MODEL)),
                ('conversation', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='queue', to='chat.conversation')),
            ],
            options={
                'ordering': ['id'],
                'constraints': [models.UniqueConstraint(fields=('author', 'client_id'), name='one_queued_per_client_id')],
            },
        ),
    ]
