"""Addresses of the site's pages."""

from django.urls import path

from shop.catalogue.views import ProductList

urlpatterns = [path("", ProductList.as_view(), name="products")]
