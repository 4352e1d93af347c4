/** The parts of checks, repairs, compactions and commits that all formats share. */
@NullMarked
package io.diskformat.maintenance;

import org.jspecify.annotations.NullMarked;
