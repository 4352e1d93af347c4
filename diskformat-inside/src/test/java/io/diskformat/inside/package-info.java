@NullMarked
package io.diskformat.inside;

import org.jspecify.annotations.NullMarked;
