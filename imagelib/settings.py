"""Settings of imagelib. Every variable is read here and nowhere else, from the environment, or from the file
that the variable with `_FILE` at the end of its name names.

Nothing is required for the embedded default: SQLite and a folder of objects below IMAGELIB_DATA_DIR.
"""

import os
import tomllib
from contextlib import suppress
from pathlib import Path
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

from imagelib.environment import Environment
from imagelib.secret_key import secret_key

BASE_DIR = Path(__file__).resolve().parent.parent

# pyproject.toml alone says it; all that shows it asks here.
IMAGELIB_VERSION: str = tomllib.loads((BASE_DIR / "pyproject.toml").read_text())["project"]["version"]

env = Environment()
env.read_env(BASE_DIR / ".env")  # does nothing when there is no such file; real variables win


def _whole_number(name: str, default: int, least: int = 0) -> int:
    with suppress(ValueError):
        number: int = env.int(name, default=default)
        if number >= least:
            return number
    raise ImproperlyConfigured(f"{name} must be a whole number{f', {least} or more' if least else ''}.")


def _origin(value: str) -> SplitResult | None:
    """Return the parsed origin, or None when it is none. An origin is scheme and host: no path, no user."""
    try:
        url = urlsplit(value.rstrip("/"))
        host, _port = url.hostname or "", url.port
    except ValueError:
        return None
    is_origin = url.scheme in ("http", "https") and host and not (url.path or url.query or url.fragment)
    return None if not is_origin or "@" in url.netloc or "*" in host or host.startswith(".") else url


def _public_url(value: str) -> SplitResult | None:
    """Return the parsed origin, or None when unset."""
    url = _origin(value)
    if value and not url:
        raise ImproperlyConfigured(
            "IMAGELIB_PUBLIC_URL must be an origin such as https://images.example.org, without a path."
        )
    return url


def _caches(value: str) -> tuple[str, ...]:
    """Return the origins of caches that take PURGE."""
    origins = [_origin(each.strip()) for each in value.split(",")] if value else []
    if not all(origins):
        raise ImproperlyConfigured(
            "IMAGELIB_CDN_PURGE must be origins such as http://127.0.0.1:6081, with commas between them."
        )
    return tuple(dict.fromkeys(origin.geturl() for origin in origins if origin))


EMAIL_PORTS = {"smtp": 25, "smtp+tls": 587, "smtp+ssl": 465}


def _email(value: str, public_url: SplitResult | None) -> dict[str, object]:
    """Return Django's settings of the server that sends e-mail."""
    try:
        url = urlsplit(value)
        config: dict[str, object] = env.email_url_config(value)
        is_known = url.scheme in EMAIL_PORTS and url.hostname
    except (ValueError, ImproperlyConfigured):
        is_known = False
    if not is_known:
        raise ImproperlyConfigured(
            "EMAIL_URL must be such as smtp+tls://user:password@mail.example.org:587, "
            "with smtp+tls, smtp+ssl or smtp."
        )
    user, host = unquote(url.username or ""), public_url.hostname if public_url else "localhost"
    address = parse_qs(url.query).get("from", [user if "@" in user else f"imagelib@{host}"])[0]
    return config | {
        "EMAIL_PORT": url.port or EMAIL_PORTS[url.scheme],
        "EMAIL_TIMEOUT": 10,  # seconds, for each answer of the server
        "DEFAULT_FROM_EMAIL": address,
    }


# --- Where things are ------------------------------------------------------------------------------

# Database, local objects, verified cache and the generated secret key live here.
IMAGELIB_DATA_DIR = Path(env("IMAGELIB_DATA_DIR", default=str(BASE_DIR / "data"))).resolve()

# Signs sessions and CSRF tokens. Generated once into the data folder when not given.
SECRET_KEY = env("IMAGELIB_SECRET_KEY", default="") or secret_key(IMAGELIB_DATA_DIR)

# Tracebacks in the browser: for developers only, never on a server that others reach.
DEBUG = env.bool("IMAGELIB_DEBUG", default=False)

# The origin people use; unset means that only this machine can use the library.
IMAGELIB_PUBLIC_URL = _public_url(env("IMAGELIB_PUBLIC_URL", default=""))

# How many proxies in front may speak of the client's address and scheme.
IMAGELIB_TRUSTED_PROXIES = _whole_number("IMAGELIB_TRUSTED_PROXIES", default=0)

# The caches in front that are told by PURGE to forget an image that fewer people may see: their origins.
IMAGELIB_CDN_PURGE = _caches(env("IMAGELIB_CDN_PURGE", default=""))

# --- The library -----------------------------------------------------------------------------------

# Where quickstart serves, and with how many worker processes of how many threads.
HOST = env("HOST", default="127.0.0.1")
PORT = _whole_number("PORT", default=8000)
WEB_CONCURRENCY = _whole_number("WEB_CONCURRENCY", default=2, least=1)
IMAGELIB_THREADS = _whole_number("IMAGELIB_THREADS", default=16, least=2)  # and connections to a bucket
IMAGELIB_HOUSEKEEPING_SECONDS = 600  # what a takedown leaves on a server is gone within three of these
IMAGELIB_LEASE_SECONDS = 300  # after which a background task whose worker died is given to another

# Where the bytes are kept: `local` (a folder) or `s3`.
IMAGELIB_STORAGE = env("IMAGELIB_STORAGE", default="local")

IMAGELIB_S3 = {
    "bucket_name": env("IMAGELIB_S3_BUCKET_NAME", default=""),
    "endpoint_url": env("IMAGELIB_S3_ENDPOINT_URL", default="") or None,
    "region_name": env("IMAGELIB_S3_REGION", default="us-east-1"),
    "access_key": env("AWS_ACCESS_KEY_ID", default="") or None,
    "secret_key": env("AWS_SECRET_ACCESS_KEY", default="") or None,
    "max_connections": IMAGELIB_THREADS,
}

if IMAGELIB_STORAGE not in ("local", "s3"):
    raise ImproperlyConfigured("IMAGELIB_STORAGE must be 'local' or 's3'.")
if IMAGELIB_STORAGE == "s3" and not IMAGELIB_S3["bucket_name"]:
    raise ImproperlyConfigured("IMAGELIB_STORAGE is 's3', so IMAGELIB_S3_BUCKET_NAME must name the bucket.")

# How large the verified cache in front of a bucket grows, in bytes. 0 keeps nothing; all is still verified.
IMAGELIB_CACHE_MAX_BYTES = _whole_number("IMAGELIB_CACHE_MAX_BYTES", default=2 * 2**30)

# The largest upload accepted, in bytes.
IMAGELIB_MAX_UPLOAD_BYTES = _whole_number("IMAGELIB_MAX_UPLOAD_BYTES", default=100 * 2**20)

# How many files one person may upload within an hour.
IMAGELIB_UPLOADS_PER_HOUR = _whole_number("IMAGELIB_UPLOADS_PER_HOUR", default=10_000)

# Whether an upload may name a public address, from which the server fetches the file.
IMAGELIB_FETCH = env.bool("IMAGELIB_FETCH", default=False)

# Visibility of a new image when the uploader does not say: `public`, `unlisted` or `private`.
IMAGELIB_DEFAULT_VISIBILITY: str = env("IMAGELIB_DEFAULT_VISIBILITY", default="public")
if IMAGELIB_DEFAULT_VISIBILITY not in ("public", "unlisted", "private"):
    raise ImproperlyConfigured("IMAGELIB_DEFAULT_VISIBILITY must be 'public', 'unlisted' or 'private'.")

# Who sees lists of images: everybody (`public`), or people who signed in (`members`). An image that is public
# or unlisted is reached by its address all the same.
IMAGELIB_GALLERY: str = env("IMAGELIB_GALLERY", default="public")
if IMAGELIB_GALLERY not in ("public", "members"):
    raise ImproperlyConfigured("IMAGELIB_GALLERY must be 'public' or 'members'.")

# What becomes of an image that says where it was taken, on its way to the public and with nothing said of
# that: private until somebody is asked (`ask`), public without its metadata (`strip`), or as it is (`keep`).
IMAGELIB_LOCATIONS: str = env("IMAGELIB_LOCATIONS", default="ask")
if IMAGELIB_LOCATIONS not in ("ask", "strip", "keep"):
    raise ImproperlyConfigured("IMAGELIB_LOCATIONS must be 'ask', 'strip' or 'keep'.")

# How a line of the log is written: `text`, or `json`, an object.
IMAGELIB_LOG_FORMAT: str = env("IMAGELIB_LOG_FORMAT", default="text")
if IMAGELIB_LOG_FORMAT not in ("text", "json"):
    raise ImproperlyConfigured("IMAGELIB_LOG_FORMAT must be 'text' or 'json'.")

# What a Prometheus says to be told what is counted, at /metrics. Unset, there is no such address.
IMAGELIB_METRICS_TOKEN: str = env("IMAGELIB_METRICS_TOKEN", default="")

# Password of quickstart's `admin` user; generated and printed once when not given.
IMAGELIB_ADMIN_PASSWORD = env("IMAGELIB_ADMIN_PASSWORD", default="")

# --- Django ----------------------------------------------------------------------------------------

INSTALLED_APPS = [
    "images",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "rest_framework",
    "knox",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "axes",
    "csp",
    "django_tasks",
    "django_tasks_db",
]

MIDDLEWARE = [
    "images.http.metrics.Metrics",
    "images.http.health.ProbedByAnyName",
    "images.http.secrecy.KeepSecrets",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "images.serving.middleware.BytesFirst",
    "images.http.routes.NoteRoutes",
    "images.http.middleware.RefuseBodies",
    "images.accounts.middleware.QuietSessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "csp.middleware.CSPMiddleware",
    "axes.middleware.AxesMiddleware",
    "images.http.middleware.AnswerProblems",
    "images.admin.lookups.RefuseSenselessLookups",
]

ROOT_URLCONF = "imagelib.urls"
WSGI_APPLICATION = "imagelib.wsgi.application"
APPEND_SLASH = False  # no redirect ever stands in for an answer; admin adds its own slashes

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
                "images.http.branding.branding",
            ],
        },
    },
]

# How many connections to PostgreSQL the requests of a process have at most. Three of them are for locks.
IMAGELIB_DATABASE_POOL = _whole_number("IMAGELIB_DATABASE_POOL", default=6)
if IMAGELIB_DATABASE_POOL < 4:
    raise ImproperlyConfigured("IMAGELIB_DATABASE_POOL must be 4 at least: three are for locks.")

DATABASES = {
    "default": env.db("DATABASE_URL", default=f"sqlite:///{IMAGELIB_DATA_DIR / 'db.sqlite3'}"),
}
database_kind = DATABASES["default"].get("ENGINE", "").rpartition(".")[2]
if database_kind not in ("sqlite3", "postgresql"):
    raise ImproperlyConfigured("DATABASE_URL must begin with postgres:// or sqlite:///.")
if database_kind == "sqlite3":
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",  # a writer waits at BEGIN instead of failing at its first write
        "timeout": 5,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;",  # durable when said so
    }
    # A file of each run, so that tests meet the locking that production has.
    DATABASES["default"]["TEST"] = {"NAME": IMAGELIB_DATA_DIR / f"test-{os.getpid()}.sqlite3"}
    DATABASES["default"]["CONN_MAX_AGE"] = None  # opening the file takes longer than a query
else:
    DATABASES["default"]["ENGINE"] = "images.concurrency.postgresql"  # no request waits for ever
    DATABASES["default"]["CONN_MAX_AGE"] = 600  # of commands; those of requests are shared
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True  # which asks nobody there
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

CSRF_FAILURE_VIEW = "images.http.error_pages.csrf_failed"

# Background tasks, enqueued in the transaction of what they are about. `manage.py worker` does them.
TASKS = {
    "default": {"BACKEND": "django_tasks_db.DatabaseBackend", "QUEUES": ["default", "dead-letters"]},
}

TEST_RUNNER = "pytest_django.runner.TestRunner"  # `manage.py test` and `pytest` run the same suite

# One language for everyone: choosing by Accept-Language would make every answer, the bytes too, vary by it.
LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English"))]
LOCALE_PATHS = [BASE_DIR / "images" / "locale"]
TIME_ZONE = "UTC"
USE_TZ = True

STATIC_URL = "/static/"
WHITENOISE_USE_FINDERS = True  # served from the packages themselves: no collectstatic step
WHITENOISE_MAX_AGE = 3600

# --- Who may do what -------------------------------------------------------------------------------

AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "images.accounts.permissions.PermissionsAtOnce",
    "django.contrib.auth.backends.ModelBackend",
]
PASSWORD_HASHERS = ["images.accounts.hashing.PBKDF2InTurn"]  # Django's own, in turns
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "gallery"
LOGOUT_REDIRECT_URL = "gallery"

# Ten failures lock one name from one address for a quarter of an hour.
AXES_FAILURE_LIMIT = 10
AXES_COOLOFF_TIME = 0.25  # hours
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_HANDLER = "images.accounts.lockout.AgeingAttempts"
AXES_DISABLE_ACCESS_LOG = True  # a row for each sign-in, for ever: the server's log says as much
AXES_CLIENT_IP_CALLABLE = "images.http.address.client_address"
AXES_LOCKOUT_CALLABLE = "images.accounts.lockout.locked_out"
AXES_VERBOSE = False

REST_FRAMEWORK = {
    # Token first: DRF takes its 401 challenge from the first class, and a session has none.
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "images.accounts.authentication.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "images.api.exceptions.exception_handler",
    "NUM_PROXIES": IMAGELIB_TRUSTED_PROXIES,
    "ALLOWED_VERSIONS": ["1"],  # of the schema: another `?version=` would get into a header
}
KNOX_TOKEN_MODEL = "knox.AuthToken"  # noqa: S105 its own, which migrations ask for by this name
REST_KNOX = {"TOKEN_TTL": None, "AUTH_HEADER_PREFIX": "Token"}  # no expiry unless createtoken is told one

SPECTACULAR_SETTINGS = {
    "TITLE": "imagelib",
    "DESCRIPTION": "A self-hosted image library. Bytes are proxied: no answer names the storage.",
    "VERSION": IMAGELIB_VERSION,
    "SERVERS": [{"url": IMAGELIB_PUBLIC_URL.geturl() if IMAGELIB_PUBLIC_URL else "/"}],
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "SWAGGER_UI_SETTINGS": {"deepLinking": True, "validatorUrl": None},  # asks no one outside
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "images.api.openapi_of_downloads.add_downloads",
        "images.api.openapi_of_bytes.add_what_views_do_not_tell",
        "images.api.openapi_of_albums.add_body_of_unfiling",
    ],
}

PASSWORD_RESET_TIMEOUT = 24 * 3600  # seconds that a link to set a new password works

# The server that sends e-mail, for new passwords: smtp+tls://user:password@mail.example.org:587, or smtp+ssl,
# or smtp without either. Unset, administrators make links. Mails are from the user where that is an address,
# or from what stands behind ?from=.
email_url = env("EMAIL_URL", default="")
SENDS_EMAIL = bool(email_url)
if SENDS_EMAIL:
    globals().update(_email(email_url, IMAGELIB_PUBLIC_URL))

# --- The edge --------------------------------------------------------------------------------------

ALLOWED_HOSTS = ["localhost", "127.0.0.1", "[::1]"]
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
SESSION_ENGINE = "images.accounts.session_store"
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
if IMAGELIB_PUBLIC_URL:
    ALLOWED_HOSTS.append(IMAGELIB_PUBLIC_URL.hostname or "")  # an origin without is refused above
    CSRF_TRUSTED_ORIGINS = [IMAGELIB_PUBLIC_URL.geturl()]
    if IMAGELIB_PUBLIC_URL.scheme == "https":
        SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = True
        SECURE_SSL_REDIRECT = True
        SECURE_SSL_HOST = IMAGELIB_PUBLIC_URL.netloc
        SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$", r"^accounts/may-upload$"]  # asked without TLS
        SECURE_HSTS_SECONDS = 365 * 24 * 3600
# HSTS speaks for this host alone: what else lives below its domain is not ours to say (W005, W021).
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]
if IMAGELIB_TRUSTED_PROXIES:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:", "blob:"],
        "object-src": [NONE],
        "base-uri": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    },
}

DATA_UPLOAD_MAX_MEMORY_SIZE = 2**20  # form fields and JSON; files are counted apart
FILE_UPLOAD_PERMISSIONS = 0o600
FILE_UPLOAD_HANDLERS = [
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "images.http.uploads.NamelessFileUploadHandler",  # Django's own leaves files behind when it is killed
]

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {
            "()": f"images.http.logs.{'Json' if IMAGELIB_LOG_FORMAT == 'json' else 'Text'}",
            "fmt": "%(asctime)s %(levelname)s %(name)s: %(message)s",
        },
    },
    "filters": {"exceptional": {"()": "images.http.logs.Exceptional"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": "INFO"},
    "loggers": {
        "django": {"handlers": [], "level": "INFO", "propagate": True},
        "django.request": {"filters": ["exceptional"]},
        "django.server": {"handlers": [], "level": "INFO", "propagate": True},  # of `runserver`
        # The SDK logs requests with their signatures below WARNING.
        "boto3": {"level": "WARNING"},
        "botocore": {"level": "WARNING"},
        "urllib3": {"level": "ERROR"},
        "django_tasks": {"level": "WARNING"},  # two lines a task
        # Its warning is that Django leaves it to the server to drop the body of an answer to HEAD.
        "gunicorn.http.wsgi": {"level": "ERROR"},
    },
}
