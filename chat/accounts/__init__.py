"""How a person gets in: allauth's pages behind our own rules, and invitations by link."""
