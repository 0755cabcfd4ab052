project = "manual"
author = "The pinpack authors"
html_theme = "alabaster"
