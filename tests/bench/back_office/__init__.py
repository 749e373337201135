"""How fast the back office is for a hotel with a year behind it: generated rows, pages driven, statements counted."""
