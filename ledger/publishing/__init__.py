"""Publishes the log as files (C2SP tlog-tiles), never a checkpoint before its tiles."""
