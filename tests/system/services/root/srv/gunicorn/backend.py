# SPDX-License-Identifier: MIT
"""The pages behind Varnish: /who says so; /cache writes to Redis by its public name, and reads it again."""
import redis


def cached():
    client = redis.Redis("cache.example.com", password="secret of redis", socket_timeout=5)
    client.set("word", "kept")
    return "backend read: " + client.get("word").decode() + "\n"


def application(environ, start_response):
    page = cached() if environ["PATH_INFO"] == "/cache" else "backend\n"
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [page.encode()]
