/** The qcow2 format, versions 2 and 3: the format of QEMU. */
@NullMarked
package io.diskformat.qcow2;

import org.jspecify.annotations.NullMarked;
