"""Pure parsers, one per header family: text in, a value and its problems out; none ever raises."""
