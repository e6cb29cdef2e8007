"""The WSGI application that gunicorn serves."""

import os

from django.core.wsgi import get_wsgi_application

from images.http.bodies import Bodies

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "imagelib.settings")

application = Bodies(get_wsgi_application())
