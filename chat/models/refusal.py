"""What a person is told when something that they asked for is not done."""


class RefusalError(Exception):
    """Nothing was changed: `code` for programs, the message for people."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
