"""How forms are drawn: our own form and field templates wherever a template says {{ form }}."""

from django.forms.renderers import TemplatesSetting


class FormRenderer(TemplatesSetting):
    """Django's renderer with the site's calm form; the admin draws its fields itself and is not touched."""

    form_template_name = "form/_form.html"
    field_template_name = "form/_field.html"
