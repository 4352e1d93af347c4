@NullMarked
package io.diskformat.vdi;

import org.jspecify.annotations.NullMarked;
