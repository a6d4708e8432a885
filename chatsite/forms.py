"""Renders {{ form }} with our own form and field templates."""

from django.forms.renderers import TemplatesSetting


class FormRenderer(TemplatesSetting):
    """Django's renderer with the site's form template; the admin renders its fields itself and is not affected."""

    form_template_name = "form/_form.html"
    field_template_name = "form/_field.html"
