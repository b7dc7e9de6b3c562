# SPDX-License-Identifier: MIT
"""What gunicorn serves: /who, POST or PUT /upload, and repositories under /git by git http-backend."""
import hashlib
import os
import subprocess


def word(environ):
    """The word of the socket that the request came in by: one is the public decoy."""
    name = environ["gunicorn.socket"].getsockname()
    return "unhairpin" if isinstance(name, str) else "decoy"


def upload(environ, start_response):
    digest = hashlib.sha256()
    size = 0
    while block := environ["wsgi.input"].read(65536):
        digest.update(block)
        size += len(block)
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [f"{word(environ)} {size} {digest.hexdigest()}\n".encode()]


def git(environ, start_response):
    """CGI as git-http-backend(1) has it; the tree of repositories is that of the server's word."""
    keys = ("REQUEST_METHOD", "QUERY_STRING", "CONTENT_TYPE", "CONTENT_LENGTH", "HTTP_CONTENT_ENCODING",
            "HTTP_GIT_PROTOCOL")
    variables = {key: environ[key] for key in keys if environ.get(key)}
    variables.update(PATH=os.environ["PATH"], GIT_HTTP_EXPORT_ALL="1", PATH_INFO=environ["PATH_INFO"][4:],
                     GIT_PROJECT_ROOT=f"{os.environ['UH_TMP']}/repositories/{word(environ)}", REMOTE_USER="test",
                     GIT_CONFIG_COUNT="1", GIT_CONFIG_KEY_0="safe.directory", GIT_CONFIG_VALUE_0="*")
    done = subprocess.run(["git", "http-backend"], env=variables, input=environ["wsgi.input"].read(),
                          stdout=subprocess.PIPE, check=True)
    head, _, body = done.stdout.partition(b"\r\n\r\n")
    headers = dict(line.split(": ", 1) for line in head.decode().split("\r\n"))
    start_response(headers.pop("Status", "200 OK"), list(headers.items()))
    return [body]


def who(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain"), ("Served", word(environ))])
    return [f"{word(environ)}\n".encode()]


def application(environ, start_response):
    path = environ["PATH_INFO"]
    if path == "/upload":
        return upload(environ, start_response)
    if path.startswith("/git/"):
        return git(environ, start_response)
    return who(environ, start_response)
