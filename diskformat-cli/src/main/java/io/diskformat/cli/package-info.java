/** The command line tool: each verb is one call into the library. */
@NullMarked
package io.diskformat.cli;

import org.jspecify.annotations.NullMarked;
