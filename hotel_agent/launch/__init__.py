"""Start the whole product from a checkout: `make run` is `install.py` and then `python -m hotel_agent.launch`.

The steps are in `__main__`, the supervised programs in `programs`, their merged output in `output`. `install.py` and
`tether.py` run as plain scripts, before or below the project's packages, and import nothing of them.
"""
