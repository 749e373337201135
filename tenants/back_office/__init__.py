"""What every page of the back office is built on: people see and touch their own hotels only, in their own language.

Lists, forms, foreign key choices, autocompletes, filters and actions all go through `access.own_rows`, so that a page
needs no rule of its own; which role may do what is the table in `tenants.permissions`. Superusers see every hotel.
Managers of tenant-owned models raise outside a scope; Django's form machinery uses them, so the views of `pages` open
`every_tenant()` and what they may reach is bounded by `access` instead.
"""
