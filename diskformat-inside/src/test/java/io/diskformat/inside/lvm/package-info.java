@NullMarked
package io.diskformat.inside.lvm;

import org.jspecify.annotations.NullMarked;
