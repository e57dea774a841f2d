"""Records -> YAML files: tidy text, and files that are whole or not there."""

from evidence.records.writing.files import WritingError, write_atomically, write_many, write_record
from evidence.records.writing.yaml_layout import record_to_yaml, text_to_yaml

__all__ = ["WritingError", "record_to_yaml", "text_to_yaml", "write_atomically", "write_many", "write_record"]
