"""What a WSGI server serves."""

from poems.web import create_app

application = create_app()
