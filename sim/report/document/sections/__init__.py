"""What each section of the report says, as plain data: one file a section."""
