"""All settings of the site. docs/configuration.md lists the names.

A wrong value stops the start with ImproperlyConfigured, which says what is wrong and what to do. Each secret NAME may
also come from the file that NAME_FILE names. No other file may read the environment.
"""

import os
from pathlib import Path
from typing import Any

from csp.constants import NONCE, NONE, SELF

from chat.upstreams.proxies import Proxies
from chatsite import logs
from chatsite.keys import read_or_create
from chatsite.values import Values, refusal

BASE_DIR = Path(__file__).resolve().parent.parent
env = Values(os.environ)

# --- Addresses ------------------------------------------------------------------------------------------------------

PUBLIC_URL = env.origin("PUBLIC_URL")
PRODUCTION = env.flag("PRODUCTION", PUBLIC_URL.startswith("https://"))
DEBUG = env.flag("DEBUG", False)
# Whether /gallery/ exists, which shows every state of the page with fixed data, for developers.
DEVELOPER = env.flag("DEVELOPER", DEBUG)
if PRODUCTION and not PUBLIC_URL.startswith("https://"):
    raise refusal("PRODUCTION", "is true, but PUBLIC_URL is not an https address", "Set PUBLIC_URL=https://your.host.")
if PRODUCTION and DEBUG:
    raise refusal("DEBUG", "is true in production", "Unset DEBUG: its error pages show settings and code to visitors.")

HOST = env.text("HOST", "127.0.0.1")
PORT = env.whole("PORT", 8000, low=1, high=65535)

# With PUBLIC_URL the loopback names are foreign, too; probes may use any name (chatsite.hosts).
ALLOWED_HOSTS = [
    *env.words("ALLOWED_HOSTS"),
    *(env.hosts("PUBLIC_URL") if PUBLIC_URL else ("localhost", "127.0.0.1", "[::1]")),
]
CSRF_TRUSTED_ORIGINS = list(
    dict.fromkeys([*env.origins("CSRF_TRUSTED_ORIGINS"), *([PUBLIC_URL] if PUBLIC_URL else [])])
)
# The number of reverse proxies before Parley, which is the number of entries of X-Forwarded-For to trust.
TRUSTED_PROXIES = env.whole("TRUSTED_PROXIES", 1 if PRODUCTION else 0, low=0, high=9)
ALLAUTH_TRUSTED_PROXY_COUNT = TRUSTED_PROXIES

# --- Storage and keys -----------------------------------------------------------------------------------------------

DATA_DIR = Path(env.text("DATA_DIR", str(BASE_DIR / "data"))).expanduser().resolve()
SECRET_KEY = env.secret("SECRET_KEY") or read_or_create(DATA_DIR / "secret.key")
if len(SECRET_KEY) < 32:
    raise refusal(
        "SECRET_KEY", "is shorter than 32 characters", "Unset it (Parley makes its own) or use a long random one."
    )
SECRET_KEY_FALLBACKS = env.secret("SECRET_KEY_FALLBACKS").split()
# Encrypts upstream keys at rest. The first key of the ring encrypts, all decrypt: put a new one in front.
ENCRYPTION_KEYS = env.secret("ENCRYPTION_KEYS").replace(",", " ").split() or [
    read_or_create(DATA_DIR / "encryption.key")
]
if any(len(key) < 32 for key in ENCRYPTION_KEYS):
    raise refusal("ENCRYPTION_KEYS", "holds a key shorter than 32 characters", "Use long random keys.")

DATABASES: dict[str, dict[str, Any]] = {
    "default": env.database("DATABASE_URL")
    or {"ENGINE": "django.db.backends.sqlite3", "NAME": str(DATA_DIR / "parley.sqlite3")}
}
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    # Opening SQLite runs the PRAGMAs below and reads the schema: without reuse, this cost each start of a run 30 ms.
    DATABASES["default"]["CONN_MAX_AGE"] = None
    DATABASES["default"]["OPTIONS"] = {
        # With 8 threads that read, then write, DEFERRED failed 285 of 320 times with "database is locked", IMMEDIATE 0.
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        # In WAL mode, NORMAL loses nothing if the process is killed; only a power failure may lose the last commits.
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON;",
    }
else:
    DATABASES["default"] |= {"CONN_MAX_AGE": 300, "CONN_HEALTH_CHECKS": True}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL = env.secret("REDIS_URL")
if REDIS_URL and REDIS_URL.partition("://")[0] not in ("redis", "rediss", "unix"):
    raise refusal(
        "REDIS_URL", "has an unknown scheme", "Use redis://host:6379/0, rediss:// for TLS, or unix:// for a socket."
    )
CHANNEL_LAYERS: dict[str, dict[str, Any]] = {
    "default": {"BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer", "CONFIG": {"hosts": [REDIS_URL]}}
    if REDIS_URL
    else {"BACKEND": "channels.layers.InMemoryChannelLayer"}
}
CACHES: dict[str, dict[str, Any]] = {
    "default": {
        "BACKEND": "chatsite.cache.SteadyRedisCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": "parley",
        # A Redis that accepts connections and does not answer must not delay a sign-in.
        "OPTIONS": {"socket_timeout": 2, "socket_connect_timeout": 2},
    }
    if REDIS_URL
    else {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
}

# --- Upstreams from the environment, which always override rows of the same name ------------------------------------

ENVIRONMENT_UPSTREAMS = env.upstreams()
DEFAULT_MODEL = env.text("DEFAULT_MODEL")
# "auto": the demo answers while nothing else is configured. "true" and "false" mean on and off.
DEMO = env.choice("DEMO", "off" if PRODUCTION else "auto", ["auto", "on", "off", "true", "false"])
DEMO = {"true": "on", "false": "off"}.get(DEMO, DEMO)
# The model that writes a conversation's title, or "" for the first words of the first message.
TITLE_MODEL = env.text("TITLE_MODEL")

CONNECT_TIMEOUT_SECONDS = env.whole("CONNECT_TIMEOUT_SECONDS", 10, low=1, high=600)
FIRST_EVENT_TIMEOUT_SECONDS = env.whole("FIRST_EVENT_TIMEOUT_SECONDS", 300, low=1, high=3600)
SILENCE_TIMEOUT_SECONDS = env.whole("SILENCE_TIMEOUT_SECONDS", 60, low=1, high=3600)
CONTENT_TIMEOUT_SECONDS = env.whole("CONTENT_TIMEOUT_SECONDS", 300, low=1, high=86400)
RUN_TIMEOUT_SECONDS = env.whole("RUN_TIMEOUT_SECONDS", 1800, low=1, high=86400)
MAX_ATTEMPTS = env.whole("MAX_ATTEMPTS", 3, low=1, high=10)
# The proxies for upstreams, MCP servers and web pages; loopback and private addresses are always reached directly.
PROXIES = Proxies(
    https=env.proxy("HTTPS_PROXY", "https_proxy"),
    http=env.proxy("HTTP_PROXY", "http_proxy"),
    none_for=env.no_proxy("NO_PROXY", "no_proxy"),
    # A name that cannot be resolved here cannot be checked here; it is refused, unless the proxy is trusted with all names.
    resolve_names=env.flag("PROXY_RESOLVES_NAMES", False),
)

# --- Runs and sockets -----------------------------------------------------------------------------------------------

FLUSH_INTERVAL_MS = env.whole("FLUSH_INTERVAL_MS", 50, low=5, high=5000)
FLUSH_MAX_CHUNKS = env.whole("FLUSH_MAX_CHUNKS", 10, low=1, high=1000)
HEARTBEAT_SECONDS = env.whole("HEARTBEAT_SECONDS", 15, low=1, high=300)
# A process without a heartbeat for this long loses its runs to another one.
PROCESS_TIMEOUT_SECONDS = env.whole("PROCESS_TIMEOUT_SECONDS", 10, low=2, high=300, alias="OWNER_TIMEOUT_SECONDS")
DRAIN_SECONDS = env.whole("DRAIN_SECONDS", 10, low=0, high=600)
# The number of tool rounds in one answer, and how long a person may take to decide about a call.
MAX_TOOL_ROUNDS = env.whole("MAX_TOOL_ROUNDS", 10, low=1, high=100)
# How many tools a model is told of, and how large their descriptions and schemas may be together. OpenAI refuses more than 128.
MAX_TOOLS = env.whole("MAX_TOOLS", 128, low=1, high=1000)
MAX_TOOLS_KB = env.whole("MAX_TOOLS_KB", 300, low=10, high=10_000)
TOOL_APPROVAL_HOURS = env.whole("TOOL_APPROVAL_HOURS", 24, low=1, high=24 * 30)
# Whether an MCP server may be a program on this machine: Parley's administrators can then run programs here.
MCP_STDIO = env.flag("MCP_STDIO", False)
# How long a conversation's session with an MCP server lasts after its last call. A program of a server runs as long.
MCP_SESSION_MINUTES = env.whole("MCP_SESSION_MINUTES", 30, low=1, high=24 * 60)
# Whether an answer whose upstream breaks off continues automatically, with at most MAX_ATTEMPTS attempts in all.
CONTINUE_BROKEN_STREAMS = env.flag("CONTINUE_BROKEN_STREAMS", True)
CONTINUE_AFTER_CRASH = env.flag("CONTINUE_AFTER_CRASH", True)
# After this many days in the trash, things are deleted permanently; with 0 they stay until somebody deletes them.
TRASH_DAYS = env.whole("TRASH_DAYS", 30, low=0, high=36_500)
MAX_RUNS_PER_PERSON = env.whole("MAX_RUNS_PER_PERSON", 8, low=1, high=10_000)
MAX_RUNS_PER_PROCESS = env.whole("MAX_RUNS_PER_PROCESS", 1000, low=1, high=100_000)
MAX_FRAME_BYTES = env.whole("MAX_FRAME_BYTES", 512 * 1024, low=4096, high=1024 * 1024)
MAX_MESSAGE_CHARS = env.whole("MAX_MESSAGE_CHARS", 100_000, low=100, high=250_000)
MAX_FRAMES_PER_SECOND = env.whole("MAX_FRAMES_PER_SECOND", 20, low=1, high=10_000)
# The number of sent and unacknowledged bytes beyond which sending waits: bounds the memory that a slow reader costs.
WINDOW_BYTES = env.whole("WINDOW_BYTES", 256 * 1024, low=16 * 1024, high=16 * 1024 * 1024)
# Even a busy person has at most fifty tabs; a socket that reads nothing may cost two windows, half a megabyte.
MAX_SOCKETS_PER_PERSON = 50
# A socket may watch this many conversations and as many runs: more than a person can have open.
MAX_WATCHED = 100

# --- Attachments ----------------------------------------------------------------------------------------------------

MAX_ATTACHMENT_BYTES = env.whole("MAX_ATTACHMENT_BYTES", 20_000_000, low=100_000, high=500_000_000)
MAX_ATTACHMENTS_PER_MESSAGE = env.whole("MAX_ATTACHMENTS_PER_MESSAGE", 10, low=1, high=50)
MAX_ATTACHMENT_BYTES_PER_DAY = env.whole("MAX_ATTACHMENT_BYTES_PER_DAY", 500_000_000, low=1_000_000, high=10**12)
# At most this many characters of a file are sent to a model.
MAX_ATTACHMENT_CHARS = env.whole("MAX_ATTACHMENT_CHARS", 200_000, low=1000, high=2_000_000)

# --- Accounts -------------------------------------------------------------------------------------------------------

AUTH_USER_MODEL = "chat.User"
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "chat.accounts.passwords.GuessableValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
ENABLE_SIGNUP = env.flag("ENABLE_SIGNUP", False)
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_FORMS = {
    "login": "chat.accounts.forms.LoginForm",
    "signup": "chat.accounts.forms.SignupForm",
    "change_password": "chat.accounts.forms.ChangePasswordForm",
    "reset_password": "chat.accounts.forms.ResetPasswordForm",
    "reauthenticate": "chat.accounts.forms.ReauthenticateForm",
}
ACCOUNT_ADAPTER = "chat.accounts.adapter.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"username", "email"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_USERNAME_MIN_LENGTH = 2
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
# A session that nobody uses for this long ends, and its cookie with the browser; with 0, two weeks after the sign-in.
SESSION_IDLE_MINUTES = env.whole("SESSION_IDLE_MINUTES", 0, low=0, high=527_040)
if SESSION_IDLE_MINUTES:
    SESSION_COOKIE_AGE = SESSION_IDLE_MINUTES * 60
    SESSION_SAVE_EVERY_REQUEST = True
ACCOUNT_SESSION_REMEMBER = not SESSION_IDLE_MINUTES
# How many tries to get in one network address has, for each kind of try: a company behind one address signs in at nine.
TRIES_PER_MINUTE = env.whole("TRIES_PER_MINUTE", 300, low=10, high=100_000)
_per_address = f"{TRIES_PER_MINUTE}/m/ip"
ACCOUNT_RATE_LIMITS = {
    # Counted by our forms and pages (chat.accounts.limits), which show again what was typed.
    "login": "",
    "signup": "",
    "sign_in": _per_address,
    "sign_up": _per_address,
    "join": _per_address,
    "join_link": "20/m/key",
    "csp_report": "20/m/ip",
    "login_failed": f"{max(10, TRIES_PER_MINUTE // 3)}/m/ip,5/300s/key",
    "login_failed_by_strangers": "50/h/key",
    "reset_password": f"{_per_address},5/m/key",
    "reset_password_from_key": _per_address,
}
# A stolen session alone must not change what signs the person in, and the old address hears of every change.
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_REAUTHENTICATION_TIMEOUT = 15 * 60
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = "[Parley] "
# The people who must set up a second factor; "administrators" includes all staff.
REQUIRE_SECOND_FACTOR = env.choice("REQUIRE_SECOND_FACTOR", "nobody", ["nobody", "administrators", "everybody"])
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_ISSUER = "Parley"
MFA_ALLOW_UNVERIFIED_EMAIL = True
# Without HTTPS, browsers allow passkeys on localhost only.
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not PRODUCTION
MFA_ADAPTER = "chat.accounts.adapter.MFAAdapter"

OIDC_SERVER_URL = env.url("OIDC_SERVER_URL")
OIDC_NAME = env.text("OIDC_NAME", "Single sign-on")
SOCIALACCOUNT_ADAPTER = "chat.accounts.adapter.SocialAccountAdapter"
SOCIALACCOUNT_OPENID_CONNECT_URL_PREFIX = "oidc"
SOCIALACCOUNT_PROVIDERS: dict[str, Any] = {}
if OIDC_SERVER_URL:
    if not env.text("OIDC_CLIENT_ID") or not env.has("OIDC_CLIENT_SECRET"):
        raise refusal("OIDC_SERVER_URL", "is set alone", "Set OIDC_CLIENT_ID and OIDC_CLIENT_SECRET too, or unset it.")
    SOCIALACCOUNT_PROVIDERS["openid_connect"] = {
        "OAUTH_PKCE_ENABLED": True,
        "APPS": [
            {
                "provider_id": "oidc",
                "name": OIDC_NAME,
                "client_id": env.text("OIDC_CLIENT_ID"),
                "secret": env.secret("OIDC_CLIENT_SECRET"),
                "settings": {"server_url": OIDC_SERVER_URL},
            }
        ],
    }

SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = PRODUCTION
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_NAME = "__Host-parley" if PRODUCTION else "parley"
CSRF_FAILURE_VIEW = "chat.accounts.stale.stale_page"
CSRF_COOKIE_NAME = "__Host-parley-csrf" if PRODUCTION else "parley-csrf"
# Marks a browser in which somebody has signed in: strangers who try passwords do not lock it out.
DEVICE_COOKIE_NAME = "__Host-parley-device" if PRODUCTION else "parley-device"
LANGUAGE_COOKIE_SAMESITE = "Lax"

# --- Django ---------------------------------------------------------------------------------------------------------

INSTALLED_APPS = [
    "chat",
    "chatsite.apps.AdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.forms",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "channels",
    "csp",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
]
MIDDLEWARE = [
    "chatsite.hosts.ProbesMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "chatsite.policies.PermissionsPolicyMiddleware",
    "chatsite.policies.ContentSecurityPolicyMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "chatsite.private.PrivateAnswersMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "chat.language.LanguageMiddleware",
    "chat.accounts.second_factor.SecondFactorMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "chat.accounts.limits.LimitsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "allauth.usersessions.middleware.UserSessionsMiddleware",
]
ROOT_URLCONF = "chatsite.urls"
ASGI_APPLICATION = "chatsite.asgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "csp.context_processors.nonce",
                "chat.accounts.context.doors",
                "chat.accounts.context.appearance",
            ]
        },
    }
]
FORM_RENDERER = "chatsite.forms.FormRenderer"
LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("de", "Deutsch")]
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = env.text("TIME_ZONE", "UTC")
USE_TZ = True

STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STATICFILES_DIRS = [BASE_DIR / "static"] if (BASE_DIR / "static").is_dir() else []
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "chatsite.public_files.PublicFilesStorage"
    },
}
WHITENOISE_AUTOREFRESH = WHITENOISE_USE_FINDERS = DEBUG
# Before the suffix, Django's hash has 12 hexadecimal digits, esbuild's 8 capital letters or digits.
WHITENOISE_IMMUTABLE_FILE_TEST = r"^.+(\.[0-9a-f]{12}|-[0-9A-Z]{8})(\.[0-9a-f]{12})?\.(?!html)[a-z0-9.]+$"
MEDIA_ROOT = DATA_DIR / "files"
FILE_UPLOAD_PERMISSIONS = 0o600
FILE_UPLOAD_DIRECTORY_PERMISSIONS = 0o700
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024

# Without EMAIL_URL no mail can be sent, and an administrator has to reset passwords.
EMAIL_CONFIGURED = env.has("EMAIL_URL")
if EMAIL_CONFIGURED:
    import environ

    vars().update(environ.Env.email_url_config(env.secret("EMAIL_URL")))
else:
    EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"
DEFAULT_FROM_EMAIL = env.text("EMAIL_FROM", "parley@localhost")

# --- Security headers -----------------------------------------------------------------------------------------------

SECURE_CONTENT_TYPE_NOSNIFF = True
# Not no-referrer, with which browsers send "Origin: null" with our own forms, and the CSRF check refuses them.
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SECURE_SSL_REDIRECT = PRODUCTION
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^metrics$"]
SECURE_HSTS_SECONDS = env.whole("HSTS_SECONDS", 31_536_000 if PRODUCTION else 0, low=0, high=63_072_000)
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if TRUSTED_PROXIES else None
# What no page of ours uses; passkeys and the clipboard keep the browser's default, which is this site only.
_unused_features = (
    "accelerometer", "attribution-reporting", "browsing-topics", "camera", "display-capture", "geolocation", "gyroscope", "hid",
    "magnetometer", "microphone", "midi", "payment", "serial", "usb", "xr-spatial-tracking",
)  # fmt: skip
PERMISSIONS_POLICY = ", ".join(f"{feature}=()" for feature in _unused_features)
# A chat server should not decide about the HSTS extras, which concern sibling hosts and a list in every browser.
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]

CONTENT_SECURITY_POLICY: dict[str, Any] = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF, NONCE],
        "style-src": [SELF],
        "img-src": [SELF, "data:", "blob:"],
        "media-src": [SELF],
        "font-src": [SELF],
        "connect-src": [SELF],
        "worker-src": [SELF],
        "frame-src": [SELF],
        "manifest-src": [SELF],
        "base-uri": [NONE],
        # Chromium applies form-action to redirects after a form, too, and single sign-on starts with one.
        "form-action": [SELF, *([OIDC_SERVER_URL.partition("?")[0]] if OIDC_SERVER_URL else [])],
        "frame-ancestors": [NONE],
        "object-src": [NONE],
        "require-trusted-types-for": ["'script'"],
        "trusted-types": ["app"],
        "report-uri": ["/reports/csp/"],
    }
}

# --- Logs and metrics -----------------------------------------------------------------------------------------------

LOG_LEVEL = env.choice("LOG_LEVEL", "INFO", ["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"])
LOG_FORMAT = env.choice("LOG_FORMAT", "json" if PRODUCTION else "console", ["console", "json"])
LOGGING_CONFIG = None
# Without a token, /metrics does not exist.
METRICS_TOKEN = env.secret("METRICS_TOKEN")
BUILD = env.text("BUILD", "dev")

# For unattended installations; `manage.py setup`, which bin/up calls, reads them.
DJANGO_SUPERUSER_USERNAME = env.text("DJANGO_SUPERUSER_USERNAME")
DJANGO_SUPERUSER_EMAIL = env.text("DJANGO_SUPERUSER_EMAIL")
DJANGO_SUPERUSER_PASSWORD = env.secret("DJANGO_SUPERUSER_PASSWORD")

# This comes last, when all secrets have been read.
logs.configure(
    level=LOG_LEVEL,
    as_json=LOG_FORMAT == "json",
    secrets=[*env.secrets, SECRET_KEY, *SECRET_KEY_FALLBACKS, *ENCRYPTION_KEYS],
)
