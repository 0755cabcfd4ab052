"""Reads name and version of [project]: tomllib is there from Python 3.11 on only."""

import re


def project(text):
    table = re.search(r"(?ms)^\[project\]$(.*?)(?=^\[|\Z)", text).group(1)
    return dict(re.findall(r'(?m)^(name|version) = "(.*)"$', table))
