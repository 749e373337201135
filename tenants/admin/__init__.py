"""Back office of hotels, people, channels, connections, and of what people changed."""

from tenants.admin import channels, connections, history, hotels, people

__all__ = ["channels", "connections", "history", "hotels", "people"]
