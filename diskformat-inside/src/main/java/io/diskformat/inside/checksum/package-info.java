/** The checksums of file systems and volumes, which begin and end otherwise than those of Java. */
@NullMarked
package io.diskformat.inside.checksum;

import org.jspecify.annotations.NullMarked;
