"""The screens: the only place that knows Textual. Attributes go down, messages come up, state lives in `review`."""
