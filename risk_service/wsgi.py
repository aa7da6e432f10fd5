"""The application for any WSGI server: ``gunicorn risk_service.wsgi:app``. ``risk-service serve`` does the same."""

from __future__ import annotations

import os

from risk_service import logs
from risk_service.app import create_app
from risk_service.jobs.background import start_in_background
from risk_service.settings import read_settings

settings = read_settings(os.environ)
logs.configure(style=settings.log_format, level=settings.log_level)
app = create_app(settings, start_run=start_in_background)
