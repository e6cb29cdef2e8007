"""Whether this process is about to end. No models: the worker is there before the application is."""

import threading

draining = threading.Event()  # set by SIGTERM (imagelib/worker.py), for good
