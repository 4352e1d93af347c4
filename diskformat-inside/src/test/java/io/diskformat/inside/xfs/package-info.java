@NullMarked
package io.diskformat.inside.xfs;

import org.jspecify.annotations.NullMarked;
