"""WSGI entry point of the web process."""

import gc
import os

from django.core.wsgi import get_wsgi_application

from hotel_agent.common import metric_files

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hotel_agent.settings")

metric_files.fold_dead()
application = get_wsgi_application()

# The loaded code stays for good: no collection between two webhooks needs to look at it again.
gc.collect()
gc.freeze()
