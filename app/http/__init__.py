"""HTTP below every API: middleware, admission, limits of headers and bodies, CORS, JSON bodies, problem documents.

No route lives here; nothing here knows a resource.
"""
