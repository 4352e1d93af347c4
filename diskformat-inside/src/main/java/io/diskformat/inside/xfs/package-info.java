/** The file system XFS, versions 4 and 5, as it is read. */
@NullMarked
package io.diskformat.inside.xfs;

import org.jspecify.annotations.NullMarked;
