/** The VDI format, versions 0 and 1: the format of VirtualBox. */
@NullMarked
package io.diskformat.vdi;

import org.jspecify.annotations.NullMarked;
