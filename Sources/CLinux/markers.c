/* A stock munin-node-configure reads plugins as text, line by line, and a link named like a plugin leads to the
   program: so these lines stand in it. `suggest` would be an error for all plugins but families. Here because
   Swift gives no place where a text is sure to stay whole in the program; `retain` keeps the linker
   from removing it. */
__attribute__((used, retain)) static const char markers[] =
    "\n#%# family=auto\n#%# capabilities=autoconf\n";
