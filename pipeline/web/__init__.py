"""The pages: a small read-only site in Russian over the database, server-rendered, with nothing from elsewhere."""
