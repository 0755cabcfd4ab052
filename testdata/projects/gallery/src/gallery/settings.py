"""Settings of the site; what differs between machines is in the environment."""

from os import environ
from pathlib import Path

from django.core.management.utils import get_random_secret_key

DEBUG = environ.get("DEBUG") == "1"
ALLOWED_HOSTS = environ.get("ALLOWED_HOSTS", "localhost,127.0.0.1").split(",")

# The gallery signs nothing, so a key which lives as long as the process will do.
SECRET_KEY = environ.get("SECRET_KEY") or get_random_secret_key()

INSTALLED_APPS = ["django.contrib.staticfiles", "gallery"]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
ROOT_URLCONF = "gallery.urls"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
    }
]

STATIC_URL = "/static/"
STATIC_ROOT = environ.get("STATIC_ROOT", "/usr/share/gallery/static")

# The package has the static files under names with a hash of their content, and
# beside them the manifest which says what each is called.
if Path(STATIC_ROOT, "staticfiles.json").exists():
    STORAGES = {
        "staticfiles": {
            "BACKEND": "django.contrib.staticfiles.storage.ManifestStaticFilesStorage"
        }
    }

TIME_ZONE = "UTC"
USE_TZ = True
