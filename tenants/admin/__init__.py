"""Back office of hotels, people, channels, connections, pictures, and of what people changed."""

from tenants.admin import channels, connections, history, hotels, people, pictures

__all__ = ["channels", "connections", "history", "hotels", "people", "pictures"]
