"""Audit of HTTP security headers: fetch, parse, judge, grade, and write the policy out."""
