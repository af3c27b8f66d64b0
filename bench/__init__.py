"""The paper as parametrised cells, one module a section; in a wheel this is `stablebert._bench`."""
