"""Django's command line for this site."""

import os

from django.core.management import execute_from_command_line


def main() -> None:
    """Run one of Django's commands with the site's settings."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "gallery.settings")
    execute_from_command_line()


if __name__ == "__main__":
    main()
