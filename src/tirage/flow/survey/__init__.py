"""What a project would do to a whole catalogue: what no rule has seen yet, what text loses, what is held."""
