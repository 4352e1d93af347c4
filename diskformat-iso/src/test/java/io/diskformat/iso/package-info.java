@NullMarked
package io.diskformat.iso;

import org.jspecify.annotations.NullMarked;
