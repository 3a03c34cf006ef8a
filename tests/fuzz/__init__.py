"""Files of every format, damaged at random, through whatever reads them (docs/security.md)."""
