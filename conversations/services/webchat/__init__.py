"""The hotel's own chat on its site: visitors, what they post, and what their page shows."""
