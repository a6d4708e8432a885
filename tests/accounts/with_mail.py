"""The addresses of a site that can send mail."""

from django.urls import path

from chat.accounts import views
from chatsite.urls import urlpatterns as without_mail

urlpatterns = [
    path("account/email/", views.email),
    *[each for each in without_mail if str(each.pattern) not in ("account/email/", "account/password/reset/")],
]
