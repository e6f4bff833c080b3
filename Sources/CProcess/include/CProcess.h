// Nothing to call: linking the target is enough (arguments.c, threads.c).
