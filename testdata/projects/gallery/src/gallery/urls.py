"""Addresses of the site's pages."""

from django.urls import path

from gallery import views

urlpatterns = [
    path("", views.wall, name="wall"),
    path("health", views.health),
    path("<slug:slug>/", views.drawing, name="drawing"),
]
