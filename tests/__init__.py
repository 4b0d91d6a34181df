"""Tests against real servers, real databases and real files."""
