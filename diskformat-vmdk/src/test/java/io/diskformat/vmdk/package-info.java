@NullMarked
package io.diskformat.vmdk;

import org.jspecify.annotations.NullMarked;
