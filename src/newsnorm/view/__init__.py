"""Views of an explained text: a terminal report and an HTML page."""
