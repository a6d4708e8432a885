"""The site's settings for tests: nothing from the developer's own environment, data in a temporary folder.

TEST_DATABASE_URL and TEST_REDIS_URL (bin/test sets them) choose PostgreSQL and Redis instead of SQLite and memory.
"""

import atexit
import os
import shutil
import tempfile

_folder = tempfile.mkdtemp(prefix="parley-tests-")
atexit.register(shutil.rmtree, _folder, ignore_errors=True)

_given = dict(os.environ)
for _name in ("DATABASE_URL", "REDIS_URL", "OPENAI_API_KEY", "OPENAI_BASE_URL", "OPENAI_API_BASE_URL", "ANTHROPIC_API_KEY",
              "ANTHROPIC_BASE_URL", "OLLAMA_BASE_URL", "PUBLIC_URL", "PRODUCTION", "DEBUG", "ALLOWED_HOSTS", "DEMO",
              "SECRET_KEY", "ENCRYPTION_KEYS", "ENABLE_SIGNUP", "HTTPS_PROXY", "https_proxy",
              "HTTP_PROXY", "http_proxy", "NO_PROXY", "no_proxy", "PROXY_RESOLVES_NAMES", "DEFAULT_MODEL", "TITLE_MODEL"):  # fmt: skip
    os.environ.pop(_name, None)
    os.environ.pop(f"{_name}_FILE", None)
os.environ["DATA_DIR"] = _folder
os.environ["DEMO"] = "off"
os.environ["LOG_LEVEL"] = _given.get("LOG_LEVEL", "WARNING")
if "TEST_REDIS_URL" in os.environ:
    # Each worker of pytest-xdist has its own numbered database, because clearing the cache empties all of it. The
    # servers of the live tests read this variable too.
    _number = os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")
    os.environ["TEST_REDIS_URL"] = f"{os.environ['TEST_REDIS_URL'].rpartition('/')[0]}/{_number}"
for _name in ("DATABASE_URL", "REDIS_URL"):
    if _value := os.environ.get(f"TEST_{_name}"):
        os.environ[_name] = _value

from chatsite.settings import *  # noqa: E402, F403
from chatsite.settings import DATABASES, INSTALLED_APPS, STORAGES  # noqa: E402

if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    # A file, because threads and other processes open it too.
    DATABASES["default"]["TEST"] = {"NAME": f"{_folder}/test.sqlite3"}
else:
    DATABASES["default"]["CONN_MAX_AGE"] = 0

INSTALLED_APPS = ["tests.emptying", *INSTALLED_APPS]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = {**STORAGES, "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
WHITENOISE_AUTOREFRESH = True
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
ALLOWED_HOSTS = ["testserver", "localhost", "127.0.0.1"]
