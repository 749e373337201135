"""Development: own services, the built-in Graph stand-in with the guest simulator, readable logs."""

from hotel_agent.common.logging import logging_config
from hotel_agent.settings.base import *  # noqa: F403
from hotel_agent.settings.base import ENV, PUBLIC_BASE_URL

DEBUG = ENV.debug
SIMULATOR = True
WHITENOISE_AUTOREFRESH = True
# Without a given Graph API the outbound client talks to the simulator's labelled stand-in on our own web server.
WHATSAPP_API_URL = ENV.whatsapp_api_url or f"{PUBLIC_BASE_URL}/simulator/graph"
CORS_ALLOWED_ORIGIN_REGEXES = [r"^http://(localhost|127\.0\.0\.1)(:\d+)?$"]
LOGGING = logging_config(level=ENV.log_level, json=False)
