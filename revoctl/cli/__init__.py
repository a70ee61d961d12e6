"""The command line: parse, resolve, call, render, exit; one file per command group."""
