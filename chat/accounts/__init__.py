"""Sign-in and sign-up: allauth's pages with our own rules, and invitations by link."""
