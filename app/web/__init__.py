"""HTML pages and the embeddable form. No build step, no inline script; every value is inserted as text."""
