"""Every sentence a guest reads: message keys in Spanish, English, Portuguese, and the only place that writes money."""
