"""The site's pages."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from gallery.drawings import DRAWINGS


def wall(request: HttpRequest) -> HttpResponse:
    """All drawings."""
    return render(request, "gallery/wall.html", {"drawings": DRAWINGS})


def drawing(request: HttpRequest, slug: str) -> HttpResponse:
    """One drawing."""
    for found in DRAWINGS:
        if found.slug == slug:
            picture = f"gallery/img/{slug}.svg"
            context = {"drawing": found, "picture": picture}
            return render(request, "gallery/drawing.html", context)
    raise Http404(slug)


def health(request: HttpRequest) -> HttpResponse:
    """Whether pages can be shown: the manifest of static files is read for it."""
    return wall(request)
