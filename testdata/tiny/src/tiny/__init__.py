"""Says hello."""


def main():
    print("hello from tiny")
