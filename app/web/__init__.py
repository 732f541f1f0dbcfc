"""The pages: what a person sees. No build step, no inline script; all text enters a page as text."""
