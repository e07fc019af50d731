"""The report that stays behind: one HTML file that opens from disk, offline."""
