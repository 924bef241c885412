"""The lab in the browser: a ball on the loss curve, in a page, a notebook or a file."""

from surefoot.studio.export import page_of, write_page
from surefoot.studio.lab import Lab, lab
from surefoot.studio.presets import PRESETS, Preset, preset_scenario

__all__ = ["PRESETS", "Lab", "Preset", "lab", "page_of", "preset_scenario", "write_page"]
