"""Tests of single parts of the auditor's side."""
