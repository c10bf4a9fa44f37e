"""What must not be taken from the file of a model."""


def no_number(array):
    array.flat[0] = float("nan")
    return array


class Bomb:
    """Code that runs where a file is unpickled."""

    def __reduce__(self):
        return print, ("it ran",)
