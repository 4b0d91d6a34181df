"""One module a step, named by its number: it must never change once it was released."""
