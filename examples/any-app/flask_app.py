"""The lecture's three requests in Flask with one thread: whoever comes while one waits, waits too."""

import os

import flask
import psycopg
import requests

DATABASE, ALMANAC = os.environ["DATABASE_URL"], os.environ["ALMANAC_URL"]

app = flask.Flask(__name__)


def ask_database():
    with psycopg.connect(DATABASE) as connection:
        connection.execute("SELECT pg_sleep(0.3)")


def ask_almanac():
    requests.get(f"{ALMANAC}/daylight")


@app.get("/city")
def city():
    ask_database()
    return {}


@app.get("/overview")
def overview():
    ask_database()
    ask_almanac()
    return {}


@app.get("/daylight")
def daylight():
    ask_almanac()
    return {}


app.run(port=int(os.environ.get("PORT", "5000")), threaded=False)
