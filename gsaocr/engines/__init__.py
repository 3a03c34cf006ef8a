"""Other ways than this machine's own processes to get pages read."""
