"""The e-mail channel's own work: reading mailboxes, taking stored mails in, Google's pushes, and restraint."""
