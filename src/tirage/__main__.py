"""`python -m tirage` is the `tirage` command."""

from tirage.cli.main import main

if __name__ == "__main__":
    main()
