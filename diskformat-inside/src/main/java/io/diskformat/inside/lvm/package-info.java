/** The logical volumes of LVM2, out of the physical volumes that they are on. */
@NullMarked
package io.diskformat.inside.lvm;

import org.jspecify.annotations.NullMarked;
