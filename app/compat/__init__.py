"""Other vendors' APIs in front of the same acts: one package for each vendor.

A package translates requests into the input of acts, and results and errors into what the vendor's clients expect. It
adds no rules about codes, limits or numbers. No other package knows of it; `app/main.py` adds the routes of a
facade where a setting names its apps.
"""
