"""What a WSGI server serves."""

from orders.web import create_app

application = create_app()
