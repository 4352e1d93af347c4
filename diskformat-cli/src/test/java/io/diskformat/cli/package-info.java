/** The tool is run within the tests' own process, and compared with qemu-img. */
@NullMarked
package io.diskformat.cli;

import org.jspecify.annotations.NullMarked;
