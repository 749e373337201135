"""Settings of the environment named by `ENVIRONMENT`; the modules beside this one can also be named directly."""

from hotel_agent.env import read

match read().environment:
    case "production":
        from hotel_agent.settings.production import *  # noqa: F403
    case "test":
        from hotel_agent.settings.test import *  # noqa: F403
    case _:
        from hotel_agent.settings.development import *  # noqa: F403
