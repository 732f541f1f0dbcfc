"""A page of another origin that shows `<otp-form>`, under the strictest content security policy."""

from contextlib import contextmanager
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import parse_qs, urlsplit

# A page of an integrator: `form` holds the attributes, several values make several forms; `inside` their children.
PAGE = """<!doctype html>
<html lang="{lang}">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/style.css">
<title>A shop</title>
<script type="module" src="{service}/otp-form.js"></script>
<main><h1>Log in</h1>{forms}</main>
</html>"""
STYLE = """:root { font: 100%/1.5 system-ui, sans-serif; }
body { background: light-dark(#fff, #10131a); color: light-dark(#1a1f2b, #e7eaf1); margin: 1rem; }"""
POLICY = (
    "default-src 'none'; script-src {service}; connect-src {service}; style-src 'self'; img-src data:; "
    "base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
)


@contextmanager
def foreign_page(service):
    """Serve the page until the block ends; yields its base URL."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _pages_for(service)) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


def _pages_for(service):
    class Pages(BaseHTTPRequestHandler):
        def do_GET(self):
            url = urlsplit(self.path)
            is_stylesheet = url.path == "/style.css"
            query = parse_qs(url.query)
            inside = query.get("inside", [""])[0]
            forms = "".join(f"<otp-form {form}>{inside}</otp-form>" for form in query.get("form", []))
            page = PAGE.format(service=service, lang=escape(query.get("lang", ["en"])[0]), forms=forms)
            self.send_response(200)
            self.send_header("Content-Type", "text/css" if is_stylesheet else "text/html")
            self.send_header("Content-Security-Policy", POLICY.format(service=service))
            self.end_headers()
            self.wfile.write((STYLE if is_stylesheet else page).encode())

        def log_message(self, format, *args):
            """Print nothing, to keep the output of the suite clean."""

    return Pages
