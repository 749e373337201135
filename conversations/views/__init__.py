"""The web doors of the room, a module per channel."""
