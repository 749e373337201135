"""What a hotel knows of itself: how complete it is, where it disagrees, what guests asked in vain, how it is said."""
