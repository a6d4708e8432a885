"""An app of the tests' site, which replaces Django's command `flush`: it runs after each test that commits."""
