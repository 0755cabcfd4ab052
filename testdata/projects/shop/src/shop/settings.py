"""Settings of the site; what differs between machines is in the environment."""

from os import environ

from django.core.management.utils import get_random_secret_key

DEBUG = environ.get("DEBUG") == "1"
ALLOWED_HOSTS = environ.get("ALLOWED_HOSTS", "localhost,127.0.0.1").split(",")

# The catalogue signs nothing, so a key which lives as long as the process will do.
SECRET_KEY = environ.get("SECRET_KEY") or get_random_secret_key()

INSTALLED_APPS = ["django.contrib.staticfiles", "shop.catalogue"]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
ROOT_URLCONF = "shop.urls"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
    }
]
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": environ.get("DATABASE", "shop.sqlite3"),
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

STATIC_URL = "/static/"
STATIC_ROOT = environ.get("STATIC_ROOT", "build/static")

TIME_ZONE = "UTC"
USE_TZ = True
