"""The shop's page."""

from django.views.generic import ListView

from shop.catalogue.models import Product


class ProductList(ListView):
    """All that is in stock."""

    queryset = Product.objects.filter(in_stock=True)
