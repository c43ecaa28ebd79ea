"""How the database came to its present tables: one numbered script a change, never edited afterwards."""
