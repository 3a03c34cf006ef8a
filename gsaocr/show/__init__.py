"""What was read, where, and how surely: pages to look at."""
