"""Env files: five dialects, read exactly and edited without touching anything else."""
