"""One word for each thing: the process of a run, the uploader of a file, the author of a text, the index of a part."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("chat", "0007_formats"),
    ]

    operations = [
        migrations.RemoveIndex(model_name="run", name="run_by_status"),
        migrations.RemoveConstraint(model_name="prompt", name="one_prompt_per_name"),
        migrations.RemoveConstraint(model_name="prompt", name="one_team_prompt_per_name"),
        migrations.RemoveConstraint(model_name="toolcall", name="one_call_per_place"),
        migrations.RenameField(model_name="run", old_name="owner", new_name="process"),
        migrations.RenameField(model_name="attachment", old_name="owner", new_name="uploader"),
        migrations.RenameField(model_name="persona", old_name="owner", new_name="author"),
        migrations.RenameField(model_name="prompt", old_name="owner", new_name="author"),
        migrations.RenameField(model_name="toolcall", old_name="place", new_name="index"),
        migrations.AddIndex(
            model_name="run",
            index=models.Index(fields=["status", "process"], name="run_by_status"),
        ),
        migrations.AddConstraint(
            model_name="prompt",
            constraint=models.UniqueConstraint(fields=["author", "name"], name="one_prompt_per_name"),
        ),
        migrations.AddConstraint(
            model_name="prompt",
            constraint=models.UniqueConstraint(
                condition=models.Q(("author", None)), fields=("name",), name="one_team_prompt_per_name"
            ),
        ),
        migrations.AddConstraint(
            model_name="toolcall",
            constraint=models.UniqueConstraint(fields=["message", "index"], name="one_call_per_index"),
        ),
    ]
