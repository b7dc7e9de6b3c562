# SPDX-License-Identifier: MIT
"""The API: /who says so; /call asks the application in Node over HTTPS; /db asks the database over TLS."""
import urllib.request

import psycopg2


def call():
    with urllib.request.urlopen("https://app.example.com/who", timeout=5) as answer:
        return "api heard: " + answer.read().decode()


def database():
    connection = psycopg2.connect("host=db.example.com dbname=site user=site sslmode=verify-full connect_timeout=5 "
                                  "sslrootcert=/etc/ssl/certs/ca-certificates.crt")
    with connection, connection.cursor() as cursor:
        cursor.execute("SELECT word, ssl FROM words, pg_stat_ssl WHERE pid = pg_backend_pid()")
        word, tls = cursor.fetchone()
    connection.close()
    return f"api read: {word}, TLS {tls}\n"


def application(environ, start_response):
    page = {"/call": call, "/db": database}.get(environ["PATH_INFO"], lambda: "api\n")()
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [page.encode()]
