"""How good the poses are: sets with truth, protocols, figures and plots. `python -m uao_core.evaluate --help`."""
