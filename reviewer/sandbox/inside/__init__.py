"""The programs that stand between the host and a run: they set it up, are its process 1, and watch it.

What must stay true: standard library only, and nothing imported that costs start-up; started as programs of their own
by `launchers`, never used inside a threaded process.
"""
