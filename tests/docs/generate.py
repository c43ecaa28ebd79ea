"""Write the generated parts of the documentation anew: `make docs`."""

from tests.docs.blocks import filled, pages


def main() -> None:
    """Fill every block of every page."""
    for page in pages():
        old = page.read_text(encoding="utf-8")
        new = filled(old)
        if new != old:
            page.write_text(new, encoding="utf-8")
            print(f"wrote {page.name}")


if __name__ == "__main__":
    main()
