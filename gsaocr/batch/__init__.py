"""Many inputs in one run: found, named, read page by page, written whole, resumed."""
