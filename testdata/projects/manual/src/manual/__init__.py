"""Says hello in several languages, in two frameworks."""

import gettext
from pathlib import Path

from flask import Flask
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

HERE = Path(__file__).parent


def hello(language, folder="locale"):
    """Say hello, translated by a catalogue of the package."""
    catalogue = gettext.translation("manual", HERE / folder, [language], fallback=True)
    return catalogue.gettext("Hello")


flask = Flask(__name__)
flask.get("/<language>")(hello)


def greet(request):
    return PlainTextResponse(hello(request.path_params["language"]))


starlette = Starlette(routes=[
    Mount("/static", StaticFiles(packages=[("manual", "static")])),
    Route("/{language}", greet),
])


def main():
    print(hello("de"), hello("de", "translations"), sep=", ")
