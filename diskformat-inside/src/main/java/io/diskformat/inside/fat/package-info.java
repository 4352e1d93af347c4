/** The file systems FAT12, FAT16 and FAT32, as they are read and changed. */
@NullMarked
package io.diskformat.inside.fat;

import org.jspecify.annotations.NullMarked;
