"""What the bot itself says, in three languages: catalogs, and the forms of dates, numbers and lists."""
