"""`python -m tirage` is the `tirage` command."""

from tirage.cli.main import main

main()
